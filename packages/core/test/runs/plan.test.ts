import { mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterEach, beforeEach, expect, test } from 'vitest'
import * as z from 'zod'

import { defineFlavor } from '../../src/flavor/define-flavor.ts'
import { journalId } from '../../src/journal/journal-id.ts'
import { BaseStepOperator, type Capabilities } from '../../src/operator/base-step-operator.ts'
import type { Pipeline } from '../../src/pipeline/pipeline.ts'
import { planPipeline, type Plan, type PlanOptions } from '../../src/runs/plan.ts'
import type { PlannedStep } from '../../src/runs/plan-step.ts'
import type { Problem } from '../../src/stack/component.ts'
import { Stack, type StackOptions } from '../../src/stack/stack.ts'
import { FolderStore } from '../support/folder-store.ts'
import { ScriptedOperator, ScriptedService } from '../support/scripted-service.ts'

const SECRET = 'a value that nobody may see'

/** Has some memory, and hands variables of the launcher on. */
class Provider extends ScriptedOperator {
  override readonly handedSecretSchemes = ['env']
  override readonly capabilities: Capabilities = {
    image: 'none',
    adopt: true,
    logs: true,
    cancel: true,
    multiNode: false,
    resources: ['memory'],
  }
}

/** No more than `launch()`, which a plan never calls. */
class Plain extends BaseStepOperator<object> {
  static override readonly FLAVOR = 'plain'
  override async launch(): Promise<void> {
    throw new Error('a plan launches nothing')
  }
}

let base: string
let store: FolderStore
let service: ScriptedService
beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'sidestep-plan-')))
  process.env['SIDESTEP_HOME'] = join(base, 'home')
  process.env['PLANNED_TOKEN'] = SECRET
  store = new FolderStore({ folder: join(base, 'store') })
  store.runtime = join(import.meta.dirname, '../support/folder-runtime.ts')
  service = new ScriptedService(() => new Date())
  await mkdir(join(base, 'app/node_modules/@sidestep'), { recursive: true })
  await symlink(join(import.meta.dirname, '../..'), join(base, 'app/node_modules/@sidestep/core'))
  await write('package.json', '{ "name": "app", "type": "module" }')
})
afterEach(async () => {
  delete process.env['SIDESTEP_HOME']
  delete process.env['PLANNED_TOKEN']
  await rm(base, { recursive: true, force: true, maxRetries: 5 })
})

async function write(path: string, text: string): Promise<string> {
  const file = join(base, 'app', path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
  return file
}

/** Plans a module in plain JavaScript, on a stack with a provider of jobs. */
async function planOf(
  source: string,
  stepOperators?: StackOptions['stepOperators'],
  options: Pick<PlanOptions, 'report'> = {},
): Promise<Plan> {
  const file = await write(
    'pipeline.mjs',
    `import { commandStep, file, pipeline, step } from '@sidestep/core'\n${source}\nexport default pipeline('numbers', async () => 1)`,
  )
  const { default: pipeline } = (await import(pathToFileURL(file).href)) as { default: Pipeline<any, any> }
  const operators = stepOperators ?? { jobs: new Provider(service, {}) }
  const stack = new Stack({ name: 'mine', artifactStore: store, stepOperators: operators })
  return planPipeline(pipeline, { ...options, stack, module: file })
}

async function onlyStep(source: string, stepOperators?: StackOptions['stepOperators']): Promise<PlannedStep> {
  const { steps } = await planOf(source, stepOperators)
  expect(steps).toHaveLength(1)
  return steps[0] as PlannedStep
}

test('every step with an operator has its exact request, with placeholders for what only a run knows', async () => {
  await write(
    'src/more.mjs',
    `import { step } from '@sidestep/core'\nstep({ name: 'more', stepOperator: true }, () => 2)`,
  )
  const plan = await planOf(`
    import './src/more.mjs'
    step({ name: 'here' }, (value) => value)
    step({
      name: 'train', stepOperator: 'jobs', resources: { memory: '2GiB' }, timeouts: { run: '1h' },
      environment: { MODE: 'fast' }, retry: { maxAttempts: 2 },
    }, (value) => value)
    commandStep({ name: 'shell', stepOperator: true, command: ['true'], inputs: { data: file() } })
  `)
  expect(plan).toMatchObject({ pipeline: 'numbers', stack: 'mine', module: 'pipeline.mjs' })
  expect(plan.steps.map(({ stepName, source }) => [stepName, source])).toEqual([
    ['more', 'src/more.mjs'],
    ['train', 'pipeline.mjs'],
    ['shell', 'pipeline.mjs'],
  ])
  expect(plan.steps[1]).toEqual({
    stepName: 'train',
    operator: 'jobs',
    flavor: 'scripted',
    source: 'pipeline.mjs',
    resources: { memory: '2GiB' },
    timeouts: { runMs: 3_600_000 },
    retry: { maxAttempts: 2, on: ['capacity', 'preempted', 'infra'] },
    request: {
      command: ['node', 'step.mjs', '--spec', `${store.uri}/runs/<run>/<step-run>/1/spec.json`],
      environment: {
        MODE: 'fast',
        SIDESTEP_STORE: JSON.stringify(store.jobConfig),
        SIDESTEP_STEP_OPERATOR: 'scripted',
      },
      secretNames: [],
    },
  })
})

test('nothing is created, and only the bundle is kept', async () => {
  const { request } = await onlyStep(`step({ name: 'quiet', stepOperator: true }, () => 1)`)
  expect(request).toBeDefined()
  expect(service).toMatchObject({ creates: 0, finds: 0, cancels: [] })
  expect(await readdir(base)).toEqual(['app', 'home'])
  expect(await readdir(join(base, 'home'))).toEqual(['.gitignore', 'bundles'])
})

test('secrets that the launcher hands on are there by name, and no value of them anywhere', async () => {
  const step = await onlyStep(`step({
    name: 'secretive', stepOperator: true,
    secrets: { TOKEN: 'env:PLANNED_TOKEN', KEY: 'file:/run/key' },
    environment: { URL: \`https://me:\${process.env.PLANNED_TOKEN}@there\` },
  }, () => 1)`)
  expect(step.request).toMatchObject({ secretNames: ['TOKEN'], environment: { URL: 'https://me:***@there' } })
  expect(JSON.stringify(step)).not.toContain(SECRET)
})

test('a secret that nothing in a job of the operator resolves is refused, and what may have been meant is named', async () => {
  class Cloud extends Provider {
    override readonly jobSecretSchemes = ['aws-secretsmanager', 'aws-ssm']
  }
  const { steps } = await planOf(
    `step({ name: 'wrong', stepOperator: true, secrets: { KEY: 'aws-smm:/prod/key' } }, () => 1)
    step({ name: 'right', stepOperator: true, secrets: { KEY: 'aws-ssm:/prod/key', TOKEN: 'env:PLANNED_TOKEN' } }, () => 1)`,
    { cloud: new Cloud(service, {}) },
  )
  expect(steps[0]?.problem).toMatchObject({
    code: 'SECRET_MISSING',
    kind: 'config',
    message: 'the secret KEY begins with aws-smm:, and nothing resolves that in a job of the step operator scripted',
    hint: 'Did you mean aws-ssm:? There is: env:, aws-secretsmanager:, aws-ssm:.',
  })
  expect(steps[0]).not.toHaveProperty('request')
  expect(steps[1]).toHaveProperty('request')
})

test('what an operator warns of is told', async () => {
  service.facts = async (_info, { warn }) => {
    warn?.('the job is cut off from its artifact store')
    return 'facts'
  }
  const told: string[] = []
  const source = `step({ name: 'train', stepOperator: true }, () => 1)`
  const plan = await planOf(source, undefined, { report: (line) => void told.push(line) })
  expect(plan.steps[0]).toHaveProperty('request')
  expect(told).toEqual(['the job is cut off from its artifact store'])
})

test('labels of a request carry the id of the journal, where there is one', async () => {
  const labels: unknown[] = []
  const prepare = service.prepare
  service.prepare = (job) => {
    labels.push(job.labels)
    return prepare(job)
  }
  const source = `step({ name: 'labelled', stepOperator: true }, () => 1)`
  await onlyStep(source)
  const id = await journalId(join(base, 'home'))
  await onlyStep(source)
  const common = { runId: '<run>', stepRunId: '<step-run>', attempt: 1, token: '<token>' }
  expect(labels).toEqual([
    { ...common, journalId: '<journal>' },
    { ...common, journalId: id },
  ])
})

test('an operator with launch() only has its configuration, and no request', async () => {
  const plain = new Plain({ folder: '/jobs' })
  const step = await onlyStep(`step({ name: 'plainly', stepOperator: true }, () => 1)`, { plain })
  expect(step).toMatchObject({ operator: 'plain', flavor: 'plain', config: { folder: '/jobs' } })
  expect(step.noRequest).toContain('launch()')
  expect(step).not.toHaveProperty('request')
  expect(step).not.toHaveProperty('problem')
})

test('what comes from the environment into a configuration is never shown', async () => {
  const config = { folder: '/jobs', apiToken: '${env:PLANNED_TOKEN}' }
  const launching = defineFlavor({
    type: 'step_operator',
    flavor: 'plain',
    configSchema: async () => z.object({ folder: z.string(), apiToken: z.string() }),
    load: async () => Plain,
  })
  const source = `step({ name: 'plainly', stepOperator: true }, () => 1)`
  const plain = await onlyStep(source, { plain: launching(config) })
  expect(plain.config).toEqual(config)

  const sending = defineFlavor({
    type: 'step_operator',
    flavor: 'scripted',
    configSchema: async () => z.object({ apiToken: z.string() }),
    load: async () =>
      class extends Provider {
        constructor({ apiToken }: { readonly apiToken: string }) {
          super(service, {})
          const prepare = service.prepare
          service.prepare = (job) => ({ ...prepare(job), apiToken })
        }
      },
  })
  const sent = await onlyStep(source, { jobs: sending({ apiToken: '${env:PLANNED_TOKEN}' }) })
  expect(sent.request).toMatchObject({ apiToken: '***' })
  expect(JSON.stringify([plain, sent])).not.toContain(SECRET)
})

test('what is wrong with one step stands with it, and the others are planned', async () => {
  service.prepare = ({ info, command, environment }) => {
    if (info.stepName === 'unprepared') throw new TypeError('the provider has no such machine')
    return { command, environment, secretNames: [] }
  }
  const { steps } = await planOf(`
    step({ name: 'big', stepOperator: true, resources: { gpuCount: 1 } }, () => 1)
    step({ name: 'misspelt', stepOperator: true, recources: {} }, () => 1)
    step({ name: 'elsewhere', stepOperator: 'cloud' }, () => 1)
    step({ name: 'unset', stepOperator: true, secrets: { TOKEN: 'env:NOT_SET_ANYWHERE' } }, () => 1)
    step({ name: 'unprepared', stepOperator: true }, () => 1)
    if (process.argv[2] !== '--list-steps') step({ name: 'sometimes', stepOperator: true }, () => 1)
    step({ name: 'fine', stepOperator: true }, () => 1)
  `)
  expect(steps.map(({ stepName, problem }) => [stepName, problem?.code])).toEqual([
    ['big', 'RESOURCES_UNAVAILABLE'],
    ['misspelt', 'CONFIG_INVALID'],
    ['elsewhere', 'STACK_INVALID'],
    ['unset', 'SECRET_MISSING'],
    ['unprepared', 'LAUNCH_FAILED'],
    ['sometimes', 'STEP_UNKNOWN'],
    ['fine', undefined],
  ])
  expect(steps.filter(({ request }) => request !== undefined).map(({ stepName }) => stepName)).toEqual(['fine'])
  expect(steps[0]).toMatchObject({ operator: 'jobs', flavor: 'scripted', resources: { gpuCount: 1 } })
  expect(steps[1]).not.toHaveProperty('resources')
  expect(steps[2]).toMatchObject({ operator: 'cloud' })
  expect(steps[2]).not.toHaveProperty('flavor')
})

test('several problems of one step are told together', async () => {
  const refuse = { message: 'no such region', hint: 'Try eu-west-1.', path: 'region' }
  class Refusing extends Provider {
    override validate(): readonly Problem[] {
      return [refuse]
    }
  }
  const operators = { jobs: new Refusing(service, {}) }
  const { problem, request } = await onlyStep(
    `step({
      name: 'greedy', stepOperator: true, resources: { gpuCount: 1, instanceCount: 2 },
      settings: { 'step_operator.scriptd': {} },
    }, () => 1)`,
    operators,
  )
  expect(request).toBeUndefined()
  expect(problem).toMatchObject({ code: 'CONFIG_INVALID', kind: 'config' })
  expect(problem?.message.split('\n')).toEqual([
    'the step greedy cannot be launched as it is:',
    expect.stringContaining('resources.gpuCount, resources.instanceCount'),
    expect.stringContaining('settings of "step_operator.scriptd"'),
    '  the stack mine cannot be used as it is: stepOperators.jobs.region: no such region',
  ])
  expect(problem?.hint).toMatch(/It honors: memory\.[^]*Did you mean step_operator\.scripted\?[^]*Try eu-west-1/)
})

test('a request is made with the settings that their schema gives', async () => {
  class Settled extends Provider {
    static override readonly SETTINGS_SCHEMA = z.strictObject({ useSpot: z.boolean().default(true) })
  }
  const given: unknown[] = []
  const prepare = service.prepare
  service.prepare = (job) => {
    given.push(job.settings, job.info.config.settings)
    return prepare(job)
  }
  const { problem } = await onlyStep(`step({ name: 'cheap', stepOperator: true }, () => 1)`, {
    jobs: new Settled(service, {}),
  })
  expect(problem).toBeUndefined()
  expect(given).toEqual([{ useSpot: true }, { 'step_operator.scripted': { useSpot: true } }])
})

test('a module that no job could load has no plan', async () => {
  await expect(
    planOf(`
      step({ name: 'unloadable', stepOperator: true }, () => 1)
      if (process.argv[2] === '--list-steps') throw new Error('not in a job')
    `),
  ).rejects.toMatchObject({ code: 'MODULE_LOAD_FAILED', kind: 'config' })
})

test('a module whose steps all run in this process has an empty plan', async () => {
  const { steps } = await planOf(`step({ name: 'inside' }, () => 1)`)
  expect(steps).toEqual([])
})
