import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProject, type Project } from './helpers/project.ts'
import { sidestep, sidestepEach, type Finished } from './helpers/sidestep.ts'

/** A flavor with a secret, and without a library for its schema. */
const OPERATORS = `import { BaseStepOperator } from '@sidestep/core'

const jsonSchema = { type: 'object', properties: { pin: { secret: true }, level: { type: 'number' } } }
const issue = (value) => (typeof (value.level ?? 1) === 'number' ? [] : [{ message: 'no number', path: ['level'] }])

export class Safe extends BaseStepOperator {
  static FLAVOR = 'safe'
  static CONFIG_SCHEMA = {
    '~standard': {
      version: 1,
      vendor: 'test',
      jsonSchema: { input: () => jsonSchema, output: () => jsonSchema },
      validate: (value) => (issue(value).length > 0 ? { issues: issue(value) } : { value }),
    },
  }
  async launch() {}
}
`

const FILE = `flavors: { step_operator: { safe: ./operators.ts#Safe } }
components:
  step_operator:
    cpu: { flavor: local }
    gone: { flavor: nowhere }
    badcfg: { flavor: local, stopGrace: x }
    written: { flavor: safe, pin: 4711 }
    referred: { flavor: safe, pin: '\${env:PIN}' }
  artifact_store:
    disk: { flavor: local }
stacks:
  fine: { artifact_store: disk, step_operators: [cpu] }
  bad: { artifact_store: disk, step_operators: [cpu, gone, badcfg] }
  safe: { artifact_store: disk, step_operators: [written, referred] }
`

const STEPS = `
import { pipeline, Stack, step } from '@sidestep/core'
import { local, localArtifactStore } from '@sidestep/local'
import { Safe } from './operators.ts'
const big = step({ name: 'big', stepOperator: 'cpu', resources: { memory: '9000GiB' } }, () => 1)
const image = step({ name: 'image', stepOperator: 'cpu', docker: { parentImage: 'node:24' } }, () => 1)
const fine = step({ name: 'fine', stepOperator: 'cpu' }, () => 1)
export default pipeline('steps', async () => (await big()) + (await image()) + (await fine()))
export const stacks = {
  wrong: new Stack({
    name: 'wrong',
    artifactStore: localArtifactStore({}),
    stepOperators: { cpu: local({ stopGrace: 'x' }) },
  }),
}
`

let project: Project

beforeAll(async () => {
  project = await createProject({
    'package.json': '{ "name": "project", "type": "module", "dependencies": { "@sidestep/local": "*" } }',
    'sidestep.yaml': FILE,
    'operators.ts': OPERATORS,
    'steps.ts': STEPS,
  })
})
afterAll(() => project.remove())

function stack(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Finished> {
  return sidestep(['stack', ...args], { cwd: project.folder, environment })
}

/** In one process. */
async function stackEach(lines: readonly (readonly string[])[]): Promise<Finished[]> {
  const all = await sidestepEach(
    lines.map((args) => ['stack', ...args]),
    { cwd: project.folder },
  )
  return [...all]
}

interface Validation {
  readonly valid: boolean
  readonly tried: { readonly components: readonly { readonly name: string | null; readonly ok: boolean }[] }
  readonly problems: readonly {
    readonly path: string
    readonly place: string
    readonly message: string
    readonly step: string
  }[]
}

async function validated(args: readonly string[], environment = {}): Promise<Validation> {
  return validationIn(await stack(['validate', ...args, '--output', 'json'], environment))
}

function validationIn(finished: Finished | undefined): Validation {
  expect(finished).toMatchObject({ stderr: '', code: 2 })
  return JSON.parse(finished?.stdout ?? '') as Validation
}

test('what a schema calls a secret is shown by no command on stacks, and refused where it is written', async () => {
  const told = await stackEach([
    ['describe', 'safe', '--output', 'json'],
    ['describe', 'safe'],
    ['copy', 'safe', 'safe2', '--output', 'json'],
    ['rename', 'safe2', 'safe3', '--output', 'json'],
    ['delete', 'safe3'],
  ])
  expect(told.pop()).toMatchObject({
    stdout: 'deleted the stack safe3 from sidestep.yaml; its components are still there\n',
  })
  for (const { stdout, stderr, code } of told) {
    expect(stdout + stderr).not.toContain('4711')
    expect(stdout).toContain('***')
    expect(stdout).toContain('${env:PIN}')
    expect(code).toBe(0)
  }
  const { problems } = await validated(['safe'], { PIN: '1' })
  expect(problems).toMatchObject([
    { path: 'stepOperators.written', message: expect.stringMatching(/flavor safe .*\n {2}pin: is a secret/) },
  ])
  expect(JSON.stringify(problems)).not.toContain('4711')
  expect(await readFile(join(project.folder, 'sidestep.yaml'), 'utf8')).toBe(FILE)
})

test('every broken component of a stack is told, also where the stack cannot be composed', async () => {
  const broken = [
    { name: 'disk', ok: true },
    { name: 'cpu', ok: true },
    { name: 'gone', ok: false },
    { name: 'badcfg', ok: false },
  ]
  const [plain, withSteps, ofFile, unknown] = await stackEach([
    ['validate', 'bad', '--output', 'json'],
    ['validate', 'bad', '--pipeline', 'steps.ts', '--output', 'json'],
    ['validate', 'wrong', '--pipeline', 'steps.ts', '--output', 'json'],
    ['validate', 'fin', '--pipeline', 'steps.ts'],
  ])
  for (const finished of [plain, withSteps]) {
    const { tried, problems } = validationIn(finished)
    expect(tried.components).toMatchObject(broken)
    expect(problems).toMatchObject([
      { path: 'stepOperators.gone', place: 'sidestep.yaml:5:21', message: expect.stringContaining('nowhere') },
      { path: 'stepOperators.badcfg', place: 'sidestep.yaml:6:5', message: expect.stringContaining('stopGrace') },
    ])
    for (const { message } of problems) expect(message).not.toContain('sidestep.yaml')
  }
  const exported = validationIn(ofFile)
  expect(exported.tried.components).toMatchObject([{ ok: true }, { name: 'cpu', ok: false }])
  expect(exported.problems[0]).toMatchObject({ path: 'stepOperators.cpu', place: null })
  expect(unknown?.stderr).toMatch(/there is no stack "fin"[^]*Did you mean fine\?[^]*wrong \(steps\.ts\)/)
})

test('with a pipeline, validate refuses what plan and run refuse', async () => {
  const [validation, plan] = await sidestepEach(
    [
      ['stack', 'validate', 'fine', '--pipeline', 'steps.ts', '--output', 'json'],
      ['plan', 'steps.ts', '--stack', 'fine', '--output', 'json'],
    ],
    { cwd: project.folder },
  )
  const { problems, tried } = validationIn(validation)
  expect(tried).toMatchObject({ steps: ['big', 'image', 'fine'] })
  expect(problems).toMatchObject([
    { step: 'big', message: expect.stringContaining("memory: '9000GiB'") },
    { step: 'image', message: expect.stringContaining('parentImage') },
  ])
  const { steps } = JSON.parse(plan?.stdout ?? '') as {
    readonly steps: readonly { readonly problem?: { message: string } }[]
  }
  expect(steps.flatMap(({ problem }) => problem?.message ?? [])).toEqual(problems.map(({ message }) => message))
})

test('a run on a stack that its steps cannot use is refused before it begins', async () => {
  const { folder: cwd } = project
  const { code, stdout, stderr } = await sidestep(['run', 'steps.ts', '--stack', 'wrong'], { cwd })
  expect(stderr).toMatch(/^\n✖ the stack wrong cannot be used as it is: stepOperators\.cpu: [^]*stopGrace/)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect((await sidestep(['runs', 'list', '--output', 'json'], { cwd })).stdout).toBe('[]\n')
})

test('a choice beside a SIDESTEP_STACK that names nothing is told', async () => {
  const chosen = await stack(['set', 'fine'], { SIDESTEP_STACK: 'wrong' })
  expect(chosen.stdout).toBe('your choice is the stack fine\n')
  expect(chosen.stderr).toContain('SIDESTEP_STACK names the stack "wrong"')
  expect(chosen.stderr).toContain('exported by the file of a pipeline')
  expect(chosen.code).toBe(0)
  const taken = await stack(['set', '--unset'], { SIDESTEP_STACK: 'bad' })
  expect(taken.stdout).toBe(
    'your choice is taken back\nthe active stack is bad (the variable SIDESTEP_STACK says so)\n',
  )
})
