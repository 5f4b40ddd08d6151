import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openProject, pipeline, Stack, StackComponent, type StepOperatorComponent } from '@sidestep/core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { choosePipeline } from '../src/run/choose-pipeline.ts'
import { exportedStacks } from '../src/run/choose-stack.ts'
import { importModule } from '../src/run/import-module.ts'
import { stackFor } from '../src/run/stack-for.ts'
import { createProject, type Project } from './helpers/project.ts'
import { sidestep } from './helpers/sidestep.ts'

class Store extends StackComponent {
  static override readonly TYPE = 'artifact_store'
  static override readonly FLAVOR = 'test'
}

class Operator extends StackComponent implements StepOperatorComponent {
  static override readonly TYPE = 'step_operator'
  static override readonly FLAVOR = 'test'
  readonly capabilities: object = {}
  async launch(): Promise<void> {}
}

function stackOf(name: string): Stack {
  return new Stack({ name, artifactStore: new Store({}), stepOperators: { gpu: new Operator({}) } })
}

const one = pipeline('one', async () => 1)
const two = pipeline('two', async () => 2)

test('takes the default export, else the only pipeline', () => {
  expect(choosePipeline({ default: one, two }, 'p.ts')).toBe(one)
  expect(choosePipeline({ default: 42, two }, 'p.ts')).toBe(two)
  expect(choosePipeline({ a: one, b: one, helper: () => 1 }, 'p.ts')).toBe(one)
})

test('says what a file exports where it is not one pipeline', () => {
  expect(() => choosePipeline({ one, two }, 'p.ts')).toThrow('p.ts exports several pipelines: one, two')
  expect(() => choosePipeline({ helper: 1 }, 'p.ts')).toThrow('p.ts exports no pipeline')
  expect(() => choosePipeline({ default: async () => 1 }, 'p.ts')).toThrow(
    expect.objectContaining({
      kind: 'config',
      hint: expect.stringContaining('Its default export is a plain function') as string,
    }),
  )
})

const prod = stackOf('prod')
const dev = stackOf('dev')

test.each([
  ['one stack', { stack: prod }],
  ['an array', { stacks: [dev, prod] }],
  ['a record', { stacks: { dev, prod } }],
  ['both', { stack: prod, stacks: [dev] }],
])('finds a stack among %s', (_name, exports) => {
  expect(exportedStacks(exports, 'p.ts').get('prod')).toBe(prod)
})

test('finds a stack by the key that it is exported under', () => {
  expect([...exportedStacks({ stacks: { live: prod } }, 'p.ts').keys()]).toEqual(['prod', 'live'])
})

test('refuses what is not a stack, and two stacks of one name', () => {
  expect(() => exportedStacks({ stacks: [{}] }, 'p.ts')).toThrow('stacks[0] in p.ts is not a stack')
  expect(() => exportedStacks({ stacks: [prod, stackOf('prod')] }, 'p.ts')).toThrow(
    'p.ts exports two stacks called prod',
  )
})

const FILE = `components:
  step_operator:
    here: { flavor: local, resources: ignore }
    mine: { flavor: mine, greeting: hello }
  artifact_store:
    disk: { flavor: local }
flavors:
  step_operator: { mine: ./src/mine.ts#MyOperator }
stacks:
  prod: { artifact_store: disk, step_operators: [here] }
  own: { artifact_store: disk, step_operators: [mine] }
`

/** Node erases types; it does not compile an enum. */
const MY_OPERATOR = `import { BaseStepOperator, type LaunchContext, type StepRunInfo } from '@sidestep/core'
export enum Mood { Good = 'good' }
export class MyOperator extends BaseStepOperator<{ greeting?: string }> {
  static override readonly FLAVOR = 'mine'
  async launch(_info: StepRunInfo, _command: readonly string[], _context: LaunchContext): Promise<void> {
    throw new Error('never launched')
  }
}
`

const PIPELINE = `import { pipeline, Stack, step } from '@sidestep/core'
import { local, localArtifactStore } from '@sidestep/local'
const twice = step({ name: 'twice', stepOperator: true }, (n: number) => n * 2)
const exported = new Stack({ name: 'exported', artifactStore: localArtifactStore({}), stepOperators: { here: local({}) } })
export const stacks = [exported]
export default pipeline('doubling', async (n: number) => twice(n))
`

let project: Project
beforeAll(async () => {
  project = await createProject({ 'sidestep.yaml': FILE, 'src/mine.ts': MY_OPERATOR, 'p.ts': PIPELINE })
})
afterAll(() => project.remove())
beforeEach(() => rm(join(project.folder, '.sidestep'), { recursive: true, force: true }))

interface Asked {
  readonly option?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, unknown>>
}

async function stackOfRun({
  option,
  environment = {},
  exports = {},
}: Asked): Promise<{ stack?: Stack; notes: string[] }> {
  const notes: string[] = []
  const file = { file: join(project.folder, 'p.ts'), url: '', shown: 'p.ts', exports }
  const { stack } = await stackFor(file, {
    option,
    environment,
    note: (line) => notes.push(line),
    project: openProject({ cwd: project.folder, environment, packagesFrom: [import.meta.url], importModule }),
  })
  return { ...(stack === undefined ? {} : { stack }), notes }
}

test('a stack of the file comes before one of sidestep.yaml, and that before the one of this machine', async () => {
  expect((await stackOfRun({ option: 'prod', exports: { stack: prod } })).stack).toBe(prod)
  const written = (await stackOfRun({ option: 'prod', environment: { SIDESTEP_STACK: 'own' } })).stack
  expect(written?.stepOperatorNames).toEqual(['here'])
  expect((await stackOfRun({ environment: { SIDESTEP_STACK: 'prod' } })).stack?.name).toBe('prod')
  expect((await stackOfRun({ option: 'default' })).stack?.stepOperatorNames).toEqual(['*'])
})

test('an operator that Node cannot import is compiled', async () => {
  const { stack } = await stackOfRun({ option: 'own' })
  expect(await stack?.stepOperator(true)).toMatchObject({ config: { greeting: 'hello' } })
})

test('where nothing is chosen, core takes the active one, and a note says what the file exports', async () => {
  const nothing = await stackOfRun({ exports: { stacks: [prod, dev] } })
  expect(nothing.stack).toBeUndefined()
  expect(nothing.notes).toEqual([
    'the stack default of this machine is used; p.ts exports prod, dev: choose with --stack',
  ])
  await openProject({ cwd: project.folder, environment: {} }).chooseStack('own')
  expect(await stackOfRun({ exports: { stacks: [prod, dev] } })).toEqual({ notes: [] })
})

test('names the stacks there are, and where each comes from', async () => {
  await expect(stackOfRun({ option: 'pord', exports: { stacks: [dev] } })).rejects.toMatchObject({
    code: 'STACK_UNKNOWN',
    kind: 'config',
    message: '--stack names the stack "pord", and there is none of that name',
    hint: 'Did you mean prod? There is: dev (p.ts), prod (sidestep.yaml), own (sidestep.yaml), default (this machine).',
  })
})

test('a run takes place on the active stack, and goes on there when another is active', async () => {
  const cwd = project.folder
  const run = async (...args: string[]): Promise<{ stack: unknown; code: number | null; stderr: string }> => {
    const { code, stdout, stderr } = await sidestep(['run', 'p.ts', '--output', 'json', ...args], { cwd })
    return { code, stderr, stack: (JSON.parse(stdout) as { readonly stack?: unknown }).stack }
  }
  await openProject({ cwd, environment: {} }).chooseStack('prod')
  expect(await run('--id', 'first', '--input', '4')).toMatchObject({ code: 0, stack: 'prod' })
  await openProject({ cwd, environment: {} }).chooseStack('own')
  expect(await run('--id', 'first', '--input', '4')).toMatchObject({ code: 0, stack: 'prod' })
  const planned = await sidestep(['plan', 'p.ts', '--output', 'json'], { cwd })
  expect(JSON.parse(planned.stdout)).toMatchObject({ stack: 'own', steps: [{ stepName: 'twice', flavor: 'mine' }] })
})
