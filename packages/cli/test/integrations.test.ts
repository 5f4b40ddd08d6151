import { SidestepError, type KnownIntegration } from '@sidestep/core/project'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { npmSpec, rangeOf, requirementsOf } from '../src/integrations/requirements.ts'
import { integrationsTable, jsonIntegration } from '../src/view/integrations-list.ts'
import { plain } from '../src/view/style.ts'
import { createProject, type Project } from './helpers/project.ts'
import { sidestep, type Finished } from './helpers/sidestep.ts'

const ACME: KnownIntegration = {
  name: 'acme',
  package: '@acme/steps',
  version: '1.2.3',
  flavors: [{ type: 'step_operator', flavor: 'acme' }],
  state: 'installed',
  requirements: { '@sidestep/core': '>= 1.0 || ^2', zod: '*' },
}

let project: Project

beforeAll(async () => {
  const manifest = (more: object): string => JSON.stringify({ name: 'x', version: '1.0.0', type: 'module', ...more })
  project = await createProject({
    'package.json': manifest({ dependencies: { '@sidestep/local': '*', acme: '*', torn: '*' } }),
    'node_modules/acme/package.json': manifest({
      name: 'acme',
      version: '1.2.3',
      exports: { './integration': './integration.js' },
      sidestep: { integration: './integration' },
      peerDependencies: { '@sidestep/core': '*', zod: '^4.0.0' },
    }),
    'node_modules/acme/integration.js': `
import { defineFlavor, defineIntegration } from '@sidestep/core/flavor'
console.log('a chatty package')
const acme = defineFlavor({ type: 'step_operator', flavor: 'acme', configSchema: async () => { throw new Error('not asked') }, load: async () => { throw new Error('not asked') } })
export default defineIntegration({ name: 'acme', flavors: [acme] })
`,
    'node_modules/torn/package.json': manifest({
      name: 'torn',
      exports: { './integration': './integration.js' },
      sidestep: { integration: './integration' },
    }),
    'node_modules/torn/integration.js': 'throw new Error("it is torn")',
    'sidestep.yaml': `
components:
  step_operator: { mine: { flavor: acme } }
  artifact_store: { disk: { flavor: local } }
stacks:
  prod: { artifact_store: disk, step_operators: [mine] }
`,
  })
})
afterAll(() => project.remove())

function integration(...args: readonly string[]): Promise<Finished> {
  return sidestep(['integration', ...args], { cwd: project.folder })
}

test('lists what is installed, what is damaged, and what could be installed', async () => {
  const { code, stdout } = await integration('list', '--output', 'json')
  expect(code).toBe(0)
  const listed = JSON.parse(stdout) as readonly Record<string, unknown>[]
  const named = (name: string): unknown => listed.find((each) => each['name'] === name || each['package'] === name)
  expect(named('acme')).toMatchObject({ state: 'installed', version: '1.2.3', install: null, problem: null })
  expect(named('torn')).toMatchObject({ state: 'damaged', problem: { message: expect.stringContaining('it is torn') } })
  expect(named('vertex')).toMatchObject({ state: 'planned', version: null })
  expect(named('local')).toMatchObject({ state: 'installed' })
})

test('what brings flavors that nobody knows is told with the flavors too', async () => {
  const list = (...args: readonly string[]): Promise<Finished> =>
    sidestep(['step-operator', 'flavor', 'list', ...args], { cwd: project.folder })
  const [text, json] = await Promise.all([list(), list('--output', 'json')])
  expect(text.stdout).toMatch(/^problem: torn .*it is torn\nhint: /m)
  expect(json.stderr).toMatch(/problem: torn .*it is torn\n/)
  expect(JSON.parse(json.stdout)).toContainEqual(expect.objectContaining({ flavor: 'acme', install: null }))
})

test('prints what npm installs, one package a line', async () => {
  expect(await integration('requirements', 'acme')).toMatchObject({
    code: 0,
    stdout: 'acme@^1.2.3\n@sidestep/core\nzod@^4.0.0\n',
  })
  const ofStack = await integration('requirements', '--stack', 'prod', '--output', 'json')
  expect(JSON.parse(ofStack.stdout)).toContainEqual({
    package: 'zod',
    range: '^4.0.0',
    integration: 'acme',
    spec: 'zod@^4.0.0',
  })
  expect(ofStack.stdout).toContain('@sidestep/local')
  expect(await integration('requirements', 'acne')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('Did you mean acme?'),
  })
  expect(await integration('requirements', 'vertex')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('planned'),
  })
})

test('a package that several want is asked for once, and all ranges hold', () => {
  const other: KnownIntegration = { ...ACME, name: 'other', package: 'other', requirements: { '@sidestep/core': '^2' } }
  const requirements = requirementsOf([ACME, other])
  expect(requirements.map(npmSpec)).toEqual([
    '@acme/steps@^1.2.3',
    'other@^1.2.3',
    '@sidestep/core@>=1.0 ^2||^2 ^2',
    'zod',
  ])
  expect(rangeOf(['^1'])).toBe('^1')
  const { version: _version, ...missing } = { ...ACME, requirements: { core: 'workspace:^' } }
  expect(requirementsOf([missing]).map(npmSpec)).toEqual(['@acme/steps', 'core'])
})

test('below one that does not load stands why, and what to do', () => {
  const problem = new SidestepError('the module\nthrew', {
    code: 'FLAVOR_INVALID',
    kind: 'config',
    hint: 'Install it again.',
  })
  const damaged: KnownIntegration = { ...ACME, state: 'damaged', problem }
  expect(integrationsTable([damaged], { style: plain })).toEqual([
    'integration  package      version  state    flavors',
    'acme         @acme/steps  1.2.3    damaged  step_operator.acme',
    '  the module threw',
    '  Install it again.',
  ])
  expect(jsonIntegration(damaged, { verbose: false })).toMatchObject({ problem: { code: 'FLAVOR_INVALID' } })
})
