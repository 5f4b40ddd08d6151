import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProject, type Project } from './helpers/project.ts'
import { sidestep, type Finished } from './helpers/sidestep.ts'

const FILE = `# ours
components:
  step_operator:
    here: { flavor: local } # this machine
    there: { flavor: local, resources: ignore }
    gone: { flavor: lokal }
  artifact_store:
    disk: { flavor: local }
stacks:
  broken: { artifact_store: disk, step_operators: [gone] }
`

const PIPELINE = `
import { pipeline, step } from '@sidestep/core'
console.log('printed while it is loaded')
const train = step({ name: 'train', stepOperator: 'nowhere' }, (rows: number) => rows)
const fine = step({ name: 'fine', stepOperator: 'here' }, (rows: number) => rows)
export default pipeline('sums', async () => fine(await train(1)))
`

let project: Project

beforeAll(async () => {
  project = await createProject({
    'package.json': '{ "name": "project", "type": "module", "dependencies": { "@sidestep/local": "*" } }',
    'sidestep.yaml': FILE,
    'pipeline.ts': PIPELINE,
  })
})
afterAll(() => project.remove())

function stack(...args: readonly string[]): Promise<Finished> {
  return sidestep(['stack', ...args], { cwd: project.folder })
}

async function json(...args: readonly string[]): Promise<unknown> {
  const { stdout, stderr, code } = await stack(...args, '--output', 'json')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}

const written = (): Promise<string> => readFile(join(project.folder, 'sidestep.yaml'), 'utf8')

test('a stack from its registration to its end', async () => {
  expect(await stack('register', 'prod', '-a', 'disk', '-s', 'here', '-s', 'there')).toMatchObject({
    code: 0,
    stdout: 'registered the stack prod in sidestep.yaml\n',
    stderr: 'next: sidestep stack set prod\n',
  })
  expect(await written()).toContain('here: { flavor: local } # this machine')
  expect(existsSync(join(project.folder, '.sidestep/sidestep.schema.json'))).toBe(true)
  expect(await json('update', 'prod', '--default-step-operator', 'there')).toMatchObject({
    name: 'prod',
    builtIn: false,
    active: false,
    artifactStore: { name: 'disk', flavor: 'local', config: {} },
    stepOperators: [{ name: 'here' }, { name: 'there', config: { resources: 'ignore' } }],
    defaultStepOperator: 'there',
    containerRegistry: null,
  })
  expect(await json('set', 'prod')).toEqual({ name: 'prod', from: 'choice' })
  expect(await stack('set', 'prod', '--project')).toMatchObject({
    stdout: `active_stack of sidestep.yaml is the stack prod
the active stack is prod (your own choice: sidestep stack set)
`,
  })
  expect(await json('set', '--unset', '--project')).toEqual({ name: 'prod', from: 'choice' })
  expect(await json('rename', 'prod', 'live')).toMatchObject({ name: 'live', activeFrom: 'choice' })
  expect(await json('list')).toMatchObject([
    { name: 'broken', active: false },
    { name: 'live', active: true, stepOperators: ['here', 'there'] },
    { name: 'default', builtIn: true },
  ])
  expect(await stack('validate')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('nothing is wrong with it'),
  })
  const refused = await stack('delete', 'live')
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringMatching(/is the active one.*\n\n.*--force/) })
  expect(await json('delete', 'live', '--force')).toEqual({ name: 'live', deleted: true })
  expect(await json('get')).toEqual({ name: 'default', from: 'built-in' })
  expect(await written()).toBe(FILE)
})

test('validates a stack with the steps of a pipeline: each problem has its place, and JSON is alone on stdout', async () => {
  await writeFile(
    join(project.folder, 'sidestep.yaml'),
    `${FILE}  prod: { artifact_store: disk, step_operators: [here] }\n`,
  )
  const { code, stdout, stderr } = await stack('validate', 'prod', '--pipeline', 'pipeline.ts', '--output', 'json')
  expect(stderr).toContain('printed while it is loaded')
  expect(code).toBe(2)
  expect(JSON.parse(stdout)).toMatchObject({
    stack: 'prod',
    valid: false,
    tried: {
      components: [
        { name: 'disk', ok: true },
        { name: 'here', ok: true },
      ],
      steps: ['train', 'fine'],
    },
    problems: [{ step: 'train', message: expect.stringContaining('nowhere') }],
  })
  const broken = await stack('validate', 'broken')
  expect(broken.code).toBe(2)
  expect(broken.stdout).toMatch(/✖ step operator gone \(lokal\)\n\n✖ sidestep\.yaml:6:\d+ .*lokal/)
  expect(broken.stdout).toMatch(/hint: .*local/)
  await writeFile(join(project.folder, 'sidestep.yaml'), FILE)
})

test.each([
  [['set', 'brokn'], /STACK_UNKNOWN[^]*Did you mean broken\?/],
  [['set'], /no stack is named/],
  [['set', 'broken', '--unset'], /--unset is given too/],
  [['register', 'x', '-s', 'here'], /needs an artifact store[^]*there is disk/],
  [['register', 'x', '-a', 'disk', '-a', 'disk', '-s', 'here'], /given twice/],
  [['register', 'a b', '-a', 'disk', '-s', 'here'], /holds a space/],
  [['register', 'broken', '-a', 'disk', '-s', 'here'], /NAME_TAKEN/],
  [['update', 'default', '-s', 'here'], /the stack default is built in/],
])('%j is refused, and nothing is written', async (args, message) => {
  const { code, stdout, stderr } = await stack(...args)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(message)
  expect(stderr).not.toMatch(/\n\s+at /)
  expect(await written()).toBe(FILE)
})
