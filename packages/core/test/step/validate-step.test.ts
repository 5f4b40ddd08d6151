import { expect, test } from 'vitest'

import { SidestepError } from '../../src/errors.ts'
import type { StepDefinition } from '../../src/step/definition.ts'
import { validateStep } from '../../src/step/validate-step.ts'

/** What is told of a step, a line each; none where it is right. */
function problemsOf(definition: { readonly config: unknown; readonly [part: string]: unknown }): readonly string[] {
  try {
    validateStep({
      kind: 'function',
      name: 'train',
      file: undefined,
      run: () => 1,
      ...definition,
    } as unknown as StepDefinition)
    return []
  } catch (error) {
    if (!SidestepError.isInstance(error) || error.code !== 'CONFIG_INVALID') throw error
    const [first, ...lines] = error.message.split('\n')
    expect(first).toBe('the step train is not configured right:')
    return lines.map((line) => line.trim())
  }
}

const ofConfig = (config: object): readonly string[] => problemsOf({ config: { name: 'train', ...config } })

test('a step may have every key, and each of them may be undefined', () => {
  const full = {
    stepOperator: 'gpu',
    resources: { cpuCount: 0.5, memory: '1GiB', gpuCount: 0, gpuType: 'L4', instanceCount: 2 },
    docker: { parentImage: 'a', requirements: ['b@1'], environment: { A: 'b' }, files: ['c'], skipBuild: false },
    timeouts: { queue: '5m', run: 1000, total: '2h' },
    retry: { maxAttempts: 3, on: ['infra'] },
    cancel: { onAbort: 'detach' },
    environment: { A: 'b' },
    secrets: { TOKEN: 'env:TOKEN' },
    cache: { version: '1' },
    key: () => 'k',
    settings: { 'step_operator.local': { anything: 1 } },
  }
  expect(ofConfig(full)).toEqual([])
  expect(ofConfig(Object.fromEntries(Object.keys(full).map((key) => [key, undefined])))).toEqual([])
})

test.each<[object, readonly string[]]>([
  [{ name: 'a b' }, ['name: must be 1 to 63 letters, digits, `.`, `_` or `-`, and begin with a letter or digit']],
  [{ stepOperator: false }, ['stepOperator: Invalid input']],
  [
    { resources: { cpuCount: 0, gpuCount: 1.5, gpuType: '', memroy: '1GiB' } },
    [
      'resources.cpuCount: Too small: expected number to be >0',
      'resources.gpuCount: Invalid input: expected int, received number',
      'resources.gpuType: Too small: expected string to have >=1 characters',
      'resources.memroy is not known (did you mean memory?)',
    ],
  ],
  [{ docker: { user: 1 } }, ['docker.user: Invalid input: expected string, received number']],
  [
    { retry: { maxAttempts: 0, onn: [] } },
    ['retry.maxAttempts: Too small: expected number to be >0', 'retry.onn is not known (did you mean on?)'],
  ],
  [
    { cancel: { onAbort: 'stop' } },
    ['cancel.onAbort: Invalid option: expected one of "cancelAndWait"|"cancel"|"detach"'],
  ],
  [{ environment: { 'a-b': 'x' } }, ['environment.a-b: is not a name of an environment variable']],
  [
    { secrets: { TOKEN: 'hunter2' } },
    ['secrets: TOKEN is not a reference such as env:TOKEN or file:/run/secrets/token'],
  ],
  [{ settings: { local: {} } }, ['settings.local: must be `step_operator.` and the name of a flavor']],
  [{ cach: true, key: 'k' }, ['cach is not known (did you mean cache?)']],
])('%o is refused', (config, lines) => {
  expect(ofConfig(config)).toEqual(lines)
})

test('durations, memory and reserved names are told in the words of what reads them', () => {
  expect(ofConfig({ timeouts: { run: 'soon' }, resources: { memory: 'much' } })).toEqual([
    `resources.memory: it is "much", which is not an amount of memory; write a positive number with a unit: '512MiB' and '32GiB' are binary, '32GB' is decimal`,
    `timeouts.run: it is "soon", which is not a duration; write a positive number with a unit, such as '90s', '30m' or '2h', or milliseconds as a number`,
  ])
  expect(ofConfig({ environment: { SIDESTEP_X: '1' } })).toEqual([expect.stringMatching(/^environment: SIDESTEP_X is/)])
})

test('what is no configuration at all', () => {
  for (const [config, what] of [
    [undefined, 'undefined'],
    [null, 'null'],
    [[], 'array'],
  ])
    expect(problemsOf({ config })).toEqual([`it: Invalid input: expected object, received ${String(what)}`])
})

test('a command needs a program, and plain names for its files', () => {
  const command = {
    kind: 'command',
    config: { name: 'train' },
    command: [],
    files: [''],
    inputs: { '1': { kind: 'file', name: 'a' } },
    outputs: { model: { kind: 'fil', name: '../a' } },
  }
  expect(problemsOf(command)).toEqual([
    'command: needs a program',
    'files.0: Too small: expected string to have >=1 characters',
    'inputs.1: must begin with a letter and hold letters, digits, `_` and `-`',
    'outputs.model.kind: Invalid option: expected one of "file"|"folder"',
    'outputs.model.name: is not a plain file name',
  ])
  expect(problemsOf({ ...command, command: ['a'], files: [], inputs: {}, outputs: {} })).toEqual([])
})
