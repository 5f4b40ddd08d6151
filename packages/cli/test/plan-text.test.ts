import { configError, type Plan } from '@sidestep/core'
import { expect, test } from 'vitest'
import { planText } from '../src/view/plan-text.ts'
import { readableLines } from '../src/view/readable.ts'
import { plain } from '../src/view/style.ts'

const options = { style: plain, verbose: false }
const plan = { pipeline: 'penguins', stack: 'prod', module: 'src/pipeline.ts' }

test('shows each step with what it asks for and the whole request', () => {
  const whole: Plan = {
    ...plan,
    steps: [
      {
        stepName: 'train',
        operator: 'gpu',
        flavor: 'local',
        source: 'src/train.ts',
        resources: { memory: '4GiB', cpuCount: 2 },
        timeouts: { runMs: 600_000 },
        retry: { maxAttempts: 3, on: ['oom'] },
        request: { folder: '/jobs/<token>', command: ['node', 'step.mjs'], limits: { memoryBytes: 1 }, packages: {} },
      },
    ],
  }
  expect(planText(whole, options)).toEqual([
    'pipeline penguins in src/pipeline.ts on the stack prod',
    '',
    'train on gpu (flavor local)  src/train.ts',
    '  resources: memory 4GiB, cpuCount 2',
    '  timeouts: run 10m 00s',
    '  retry: up to 3 attempts, on oom',
    '  request:',
    '    folder: /jobs/<token>',
    '    command: [node, step.mjs]',
    '    limits:',
    '      memoryBytes: 1',
    '    packages: {}',
  ])
})

test('says what is wrong with a step, and where there is no request', () => {
  const problem = configError('RESOURCES_UNAVAILABLE', 'the step train asks for 1 TiB', 'Ask for less.')
  const text = planText(
    {
      ...plan,
      steps: [
        { stepName: 'train', operator: 'gpu', problem },
        { stepName: 'fit', operator: 'mine', flavor: 'mine', noRequest: 'mine has only launch()', config: { a: 'b' } },
      ],
    },
    options,
  ).join('\n')
  expect(text).toContain('  ✖ the step train asks for 1 TiB (RESOURCES_UNAVAILABLE)')
  expect(text).toContain('hint: Ask for less.')
  expect(text).toContain('fit on mine\n  no request: mine has only launch()\n  config of the operator:\n    a: b')
})

test('a pipeline without jobs has an empty plan', () => {
  expect(planText({ ...plan, steps: [] }, options).at(-1)).toMatch(/none of its steps has an operator/)
})

test('JSON is written as people read it', () => {
  const value = {
    text: 'plain text',
    odd: ['true', '12', 'a: b', '', 'a, b', ' x', '\u001B[2J'],
    nothing: null,
    flag: true,
    list: [{ name: 'a', values: [1, 2] }, { name: 'b' }],
    'key with: colon': 1,
  }
  expect(readableLines(value)).toEqual([
    'text: plain text',
    String.raw`odd: ["true", "12", "a: b", "", "a, b", " x", "\u001b[2J"]`,
    'nothing: null',
    'flag: true',
    'list:',
    '  - name: a',
    '    values: [1, 2]',
    '  - name: b',
    '"key with: colon": 1',
  ])
})

test('long text is cut, and says how long it is', () => {
  const [line = ''] = readableLines({ lock: 'x'.repeat(50_000) })
  expect(line).toMatch(/^lock: "x{100}"… \(50000 characters\)$/)
})

test('lists what goes into an image, and its digest where it was built', () => {
  const parts = [
    { name: 'base', description: 'node:24-slim@sha256:aa for linux/amd64' },
    { name: 'npm', description: 'ms@2.1.3', size: 8_192 },
    { name: 'code', description: '/opt/sidestep/step.mjs', size: 350_000 },
  ]
  const step = { stepName: 'train', operator: 'box', flavor: 'docker' }
  const textOf = (image: NonNullable<Plan['steps'][number]['image']>): readonly string[] =>
    planText({ ...plan, steps: [{ ...step, image, request: { image: 'r@sha256:bb' } }] }, options).slice(3)
  const listed = [
    '    base             node:24-slim@sha256:aa for linux/amd64',
    '    npm   8 KiB      ms@2.1.3',
    '    code  341.8 KiB  /opt/sidestep/step.mjs',
    '  request:',
    '    image: r@sha256:bb',
  ]
  expect(textOf({ parts })).toEqual(['  image:', ...listed])
  expect(textOf({ parts, reference: 'r@sha256:bb' })).toEqual(['  image: r@sha256:bb', ...listed])
})
