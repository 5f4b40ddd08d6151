import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { NODE_BASE, noEngine, REGISTRY } from '@sidestep/containers'
import { openProject } from '@sidestep/core/project'
import { startOciRegistry, type OciRegistry } from '@sidestep/simulators'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import type { Finding } from '../src/doctor/check.ts'
import { componentsCheck } from '../src/doctor/checks/components.ts'
import { stackCheck } from '../src/doctor/checks/stack.ts'
import { runChecks } from '../src/doctor/run-checks.ts'
import { createProject } from './helpers/project.ts'
import { sidestep } from './helpers/sidestep.ts'

let registry: OciRegistry
beforeEach(async () => {
  registry = await startOciRegistry({ auth: { kind: 'basic', username: 'ann', password: 'hunter2' } })
  onTestFinished(() => registry.close())
})

interface BoxedOptions {
  readonly engine?: string
  readonly uri?: string
  /** Default: one that the registry of the test does not have. */
  readonly parentImage?: string
}

/** A project whose stack runs containers: by default on an engine that is not there. */
async function boxed({
  engine = 'unix:///nowhere/engine.sock',
  uri = registry.host,
  parentImage = `${registry.host}/team/base:1`,
}: BoxedOptions = {}) {
  const host = engine === '' ? '' : `, host: '${engine}'`
  const project = await createProject({
    'package.json':
      '{ "name": "project", "type": "module", "dependencies": { "@sidestep/local": "*", "@sidestep/images": "*" } }',
    'sidestep.yaml': `components:
  artifact_store: { lake: { flavor: local } }
  step_operator: { box: { flavor: docker${host} }, other: { flavor: docker${host} } }
  image_builder: { images: { flavor: oci, parentImage: '${parentImage}' } }
  container_registry: { here: { flavor: oci, uri: '${uri}/team' } }
stacks:
  boxed: { artifact_store: lake, image_builder: images, container_registry: here, step_operators: [box, other], default_step_operator: box }
active_stack: boxed
`,
  })
  onTestFinished(() => project.remove())
  const images = fileURLToPath(new URL('../../images', import.meta.url))
  await symlink(images, join(project.folder, 'node_modules/@sidestep/images'))
  await mkdir(join(project.folder, 'client'))
  return { folder: project.folder, environment: { DOCKER_CONFIG: join(project.folder, 'client') } }
}

const login = async (folder: string, password: string): Promise<void> => {
  const auths = { [registry.host]: { auth: btoa(`ann:${password}`) } }
  await writeFile(join(folder, 'client/config.json'), JSON.stringify({ auths }))
}

async function findings({ folder, environment }: Awaited<ReturnType<typeof boxed>>): Promise<readonly Finding[]> {
  const { stdout, stderr } = await sidestep(['doctor', '--output', 'json'], { cwd: folder, environment })
  expect(stderr).toBe('')
  const { checks } = JSON.parse(stdout) as { readonly checks: readonly Finding[] }
  return checks.filter(({ check }) => check === 'components')
}

test('a registry that lets one push, and engines that are not there: each by itself, with what to do', async () => {
  const place = await boxed()
  await login(place.folder, 'hunter2')
  const missing = (name: string): object => ({
    tried: `stepOperators.${name}: asking the engine unix:///nowhere/engine.sock`,
    state: 'problem',
    found: expect.stringContaining('ENOENT'),
    hint: 'Is Docker running, and may you use it? `docker version` tells.',
  })
  expect(await findings(place)).toMatchObject([
    {
      tried: `containerRegistry: beginning an upload to ${registry.host}/team/sidestep, and giving it up`,
      state: 'ok',
      found: expect.stringMatching(/^one may push there \(the login of "ann" is from .*config\.json/),
      hint: null,
    },
    { tried: expect.stringMatching(/^imageBuilder: reading .*\/team\/base:1/), state: 'problem' },
    missing('box'),
    missing('other'),
  ])
  const uploads = registry.requests.filter(({ path }) => path.includes('/uploads/'))
  expect(uploads.map(({ method, status }) => `${method} ${status}`)).toEqual(['POST 401', 'POST 202', 'DELETE 204'])
})

test('a login that is refused: exit code 1, text with what to do, and not with the password', async () => {
  const place = await boxed()
  await login(place.folder, 'hunter3')
  const { code, stdout } = await sidestep(['doctor'], { cwd: place.folder, environment: place.environment })
  expect(code).toBe(1)
  expect(stdout).toMatch(/✖ components +containerRegistry: beginning an upload to .*: Not allowed to push to .* 401/)
  expect(stdout).toMatch(/hint: The login of "ann" is from .*`docker login 127\.0\.0\.1:\d+` makes a new one\./)
  expect(stdout).not.toContain('hunter3')
})

test('a stack that cannot be composed is told once, and nobody is asked', async () => {
  const { folder } = await boxed({ uri: 'https://wrong' })
  const project = openProject({ cwd: folder, environment: {}, packagesFrom: [import.meta.url] })
  const found = await runChecks([stackCheck, componentsCheck], { project, cwd: folder, environment: {} })
  expect(found.at(-1)).toMatchObject({ check: 'components', found: 'what is wrong with active stack prevents it' })
  expect(registry.requests).toEqual([])
})

test('a component that breaks is a problem of its own', async () => {
  const place = await createProject({
    'operator.ts': `import { BaseStepOperator } from '@sidestep/core'
export class Mine extends BaseStepOperator {
  static FLAVOR = 'mine'
  capabilities = { image: 'none', adopt: false, logs: false, cancel: false, multiNode: false, resources: [] }
  async launch() {}
  async diagnose() { throw new RangeError('it broke') }
}
`,
    'sidestep.yaml': `flavors: { step_operator: { mine: ./operator.ts#Mine } }
components:
  artifact_store: { lake: { flavor: local } }
  step_operator: { it: { flavor: mine } }
stacks: { prod: { artifact_store: lake, step_operators: [it] } }
active_stack: prod
`,
  })
  onTestFinished(() => place.remove())
  const { folder } = place
  const project = openProject({ cwd: folder, environment: {}, packagesFrom: [import.meta.url] })
  expect(await runChecks([componentsCheck], { project, cwd: folder, environment: {} })).toMatchObject([
    { state: 'problem', tried: 'stepOperators.it: what it needs', found: 'it broke' },
  ])
})

test.skipIf(noEngine !== undefined)(
  `a real engine and a real registry are there${noEngine === undefined ? '' : `: ${noEngine}`}`,
  async () => {
    const place = await boxed({ engine: '', uri: REGISTRY, parentImage: NODE_BASE })
    const found = await findings(place)
    expect(found.filter(({ state }) => state !== 'ok')).toEqual([])
    expect(found.map(({ tried }) => tried.split(':')[0])).toEqual([
      'containerRegistry',
      'imageBuilder',
      'stepOperators.box',
      'stepOperators.box',
      'stepOperators.other',
      'stepOperators.other',
    ])
  },
)
