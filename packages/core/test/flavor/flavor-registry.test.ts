import { execFile } from 'node:child_process'
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

import { describe, expect, it } from 'vitest'

import { satisfies } from '../../src/flavor/core-version.ts'
import { FlavorRegistry, type RegistryOptions } from '../../src/flavor/flavor-registry.ts'
import { CORE, dependingOn, installed, integration, projectFolder, type Files } from './project-folder.ts'

async function open(files: Files, options: Partial<RegistryOptions> = {}): Promise<FlavorRegistry> {
  return FlavorRegistry.open({ projectFolder: await projectFolder(files), ...options })
}

function stateOf(registry: FlavorRegistry, flavor: string): unknown {
  return registry.list('step_operator').find((row) => row.flavor === flavor)?.state
}

const BENCH = `
import { BaseStepOperator } from '${CORE}operator/base-step-operator.ts'
export class Bench extends BaseStepOperator { static FLAVOR = 'bench'; async launch() {} }
`

describe('the registry', () => {
  it('lists what the dependencies of the project bring, and loads none of it', async () => {
    const registry = await open({
      ...dependingOn('@them/ovens', 'grills', 'other', 'is-not-installed'),
      ...integration('@them/ovens', ['oven', 'kiln'], { peerDependencies: { '@sidestep/core': '^0.0.0', sdk: '^3' } }),
      ...integration('grills', ['grill'], {
        peerDependencies: { a: '1', b: '2' },
        peerDependenciesMeta: { b: { optional: true } },
      }),
      ...integration('nobody-asked', ['thing']),
      ...installed('other', { scripts: { sidestep: 'x' }, sidestep: { something: 'else' } }),
    })
    const rows = registry.list('step_operator').filter(({ state }) => state === 'installed')
    expect(rows).toEqual(
      [
        ['grill', 'grills'],
        ['kiln', '@them/ovens'],
        ['oven', '@them/ovens'],
      ].map(([flavor, source]) => ({
        type: 'step_operator',
        flavor,
        summary: `of ${source}`,
        integration: source?.replace('@them/', ''),
        version: '1.2.3',
        source,
        state: 'installed',
      })),
    )
    expect(registry.integrations().slice(0, 2)).toMatchObject([
      {
        name: 'ovens',
        package: '@them/ovens',
        version: '1.2.3',
        requirements: { '@sidestep/core': '^0.0.0', sdk: '^3' },
      },
      { name: 'grills', state: 'installed', requirements: { a: '1' }, flavors: [{ flavor: 'grill' }] },
    ])
    const oven = await registry.get('step_operator', 'oven')
    expect(oven({ heat: 1 })).toMatchObject({ type: 'step_operator', flavor: 'oven', config: { heat: 1 } })
  })

  it('says where a name is that of a flavor of another type', async () => {
    const registry = await open({ ...dependingOn('@them/ovens'), ...integration('@them/ovens', ['oven']) })
    await expect(registry.get('artifact_store', 'oven')).rejects.toMatchObject({
      code: 'FLAVOR_UNKNOWN',
      hint: expect.stringMatching(/^oven is a flavor of another type: step operator\./),
    })
  })

  it('lists what could be installed, and what will be; sorted by type, then by name', async () => {
    const registry = await open({})
    expect(registry.list('step_operator').map(({ flavor, state }) => [flavor, state])).toEqual([
      ['azureml', 'planned'],
      ['docker', 'missing'],
      ['local', 'missing'],
      ['sagemaker', 'missing'],
      ['vertex', 'planned'],
    ])
    expect([...new Set(registry.list().map(({ type }) => type))]).toEqual([
      'step_operator',
      'artifact_store',
      'container_registry',
      'image_builder',
    ])
    const install = 'npm install @sidestep/vertex'
    expect(registry.list('artifact_store').find(({ flavor }) => flavor === 'gcs')).toMatchObject({
      state: 'planned',
      install,
    })
    expect(registry.integrations()[3]).toMatchObject({ name: 'vertex', state: 'planned', install })
    expect(registry.integrations()[0]).toMatchObject({ name: 'local', install: 'npm install @sidestep/local' })
    await expect(registry.get('step_operator', 'local')).rejects.toMatchObject({
      code: 'FLAVOR_UNKNOWN',
      message: expect.stringContaining('@sidestep/local, which is not installed'),
      hint: 'npm install @sidestep/local',
    })
    await expect(registry.get('artifact_store', 'gcs')).rejects.toMatchObject({
      code: 'FLAVOR_UNKNOWN',
      message: expect.stringContaining('not published yet'),
      hint: expect.stringContaining('Once published: npm install @sidestep/vertex'),
    })
    await expect(registry.get('step_operator', 'loacl')).rejects.toMatchObject({
      code: 'FLAVOR_UNKNOWN',
      hint: expect.stringContaining('Did you mean local?'),
    })
    await expect(registry.get('image_builder', 'constructor')).rejects.toMatchObject({ code: 'FLAVOR_UNKNOWN' })
  })

  it('finds the project’s own integration, dependencies of folders above, and last those of other programs', async () => {
    const folder = await projectFolder({
      ...integration('above', ['above']),
      ...integration('both', ['both'], { version: '1.0.0' }),
      'tool/package.json': JSON.stringify({ name: 'tool', dependencies: { both: '*', theirs: '*' } }),
      'tool/bin.js': '',
    })
    const own = join(folder, 'app')
    await mkdir(join(folder, 'tool/node_modules'), { recursive: true })
    const elsewhere = await projectFolder({
      ...integration('theirs', ['theirs']),
      ...integration('both', ['both'], { version: '2.0.0' }),
    })
    for (const name of ['theirs', 'both']) {
      await rename(join(elsewhere, 'node_modules', name), join(folder, 'tool/node_modules', name))
    }
    const mine = await projectFolder(integration('app', ['mine']))
    await rename(join(mine, 'node_modules/app'), own)
    const manifest = {
      name: 'app',
      exports: { './integration': './integration.js' },
      sidestep: { integration: './integration' },
    }
    const devDependencies = { above: '*' }
    await writeFile(
      join(own, 'package.json'),
      JSON.stringify({ ...manifest, devDependencies, optionalDependencies: { both: '*' } }),
    )
    const packagesFrom = [pathToFileURL(join(folder, 'tool/bin.js')).href]
    const registry = await FlavorRegistry.open({ projectFolder: own, packagesFrom })
    const found = registry.list('step_operator').filter(({ state }) => state === 'installed')
    expect(found.map(({ flavor, version }) => [flavor, version])).toEqual([
      ['above', '1.2.3'],
      ['both', '1.0.0'],
      ['mine', undefined],
      ['theirs', '1.2.3'],
    ])
  })
})

describe('an integration in CommonJS', () => {
  it('is read beside one that is not', async () => {
    const folder = await projectFolder({
      ...dependingOn('modern', 'classic'),
      ...integration('modern', ['modern']),
      ...installed(
        'classic',
        { type: 'commonjs', exports: { './i': './i.cjs' }, sidestep: { integration: './i' } },
        {
          'i.cjs': `const { defineFlavor, defineIntegration } = require('@sidestep/core/flavor')
            const flavor = defineFlavor({ type: 'step_operator', flavor: 'classic', configSchema: async () => undefined, load: async () => null })
            module.exports = defineIntegration({ name: 'classic', flavors: [flavor] })`,
        },
      ),
    })
    await writeFile(
      join(folder, 'node_modules/modern/integration.js'),
      "import { defineIntegration } from '@sidestep/core/flavor'\nexport default defineIntegration({ name: 'modern', flavors: [] })",
    )
    await mkdir(join(folder, 'node_modules/@sidestep'), { recursive: true })
    await symlink(join(import.meta.dirname, '../..'), join(folder, 'node_modules/@sidestep/core'))
    const program = `import { FlavorRegistry } from '${CORE}flavor/flavor-registry.ts'
      const registry = await FlavorRegistry.open({ projectFolder: ${JSON.stringify(folder)} })
      const found = registry.integrations().filter(({ state }) => state !== 'planned' && state !== 'missing')
      console.log(JSON.stringify(found.map(({ name, state, problem }) => [name, state, problem?.message])))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
    expect(JSON.parse(stdout)).toEqual([
      ['modern', 'installed', null],
      ['classic', 'installed', null],
    ])
  })
})

describe('flavors that the project registered', () => {
  it('may be of an entry of its own package', async () => {
    const own = { name: 'app', type: 'module', exports: { './op': './bench.mjs' } }
    const sources = { step_operator: { bench: 'app/op#Bench' } }
    const registry = await open({ 'package.json': JSON.stringify(own), 'bench.mjs': BENCH }, { sources })
    expect(stateOf(registry, 'bench')).toBe('installed')
    expect(await (await registry.get('step_operator', 'bench'))({}).load()).toMatchObject({ config: {} })
  })

  it('are looked for from files that need not exist, in folders that have no package.json', async () => {
    const folder = await projectFolder({ ...dependingOn('ovens'), ...integration('ovens', ['oven']), 'src/a.ts': '' })
    const elsewhere = await projectFolder()
    const packagesFrom = [join(folder, 'src/package.json'), join(folder, 'none/at/all.js')]
    const registry = await FlavorRegistry.open({ projectFolder: elsewhere, packagesFrom })
    expect(stateOf(registry, 'oven')).toBe('installed')
  })

  it('are listed without being imported, and imported to be used', async () => {
    const sources = {
      step_operator: {
        bench: './bench.mjs#Bench',
        throws: './throws.mjs#A',
        gone: './gone.mjs#A',
        odd: 'odd',
        far: 'far#A',
        other: './bench.mjs#Bench',
      },
    }
    const registry = await open({ 'bench.mjs': BENCH, 'throws.mjs': 'throw new Error("imported")' }, { sources })
    const rows = registry.list('step_operator').filter((row) => row.integration === undefined)
    expect(rows.map(({ flavor, state }) => [flavor, state])).toEqual([
      ['bench', 'installed'],
      ['far', 'missing'],
      ['gone', 'damaged'],
      ['odd', 'damaged'],
      ['other', 'installed'],
      ['throws', 'installed'],
    ])
    expect(rows[0]).toEqual({ type: 'step_operator', flavor: 'bench', source: './bench.mjs#Bench', state: 'installed' })
    expect(await (await registry.get('step_operator', 'bench'))({}).load()).toMatchObject({ config: {} })
    const codes = { far: 'FLAVOR_UNKNOWN', gone: 'FLAVOR_INVALID', odd: 'FLAVOR_INVALID', throws: 'FLAVOR_INVALID' }
    for (const [flavor, code] of Object.entries(codes)) {
      await expect(registry.get('step_operator', flavor)).rejects.toMatchObject({ code, hint: expect.any(String) })
    }
    await expect(registry.get('step_operator', 'other')).rejects.toMatchObject({
      code: 'FLAVOR_INVALID',
      message: expect.stringContaining('is registered as other, and its own name is bench'),
    })
    await expect(registry.get('step_operator', 'throws')).rejects.toThrow('imported')
  })

  it('clash with an installed one of the same name: none of the two is used by chance', async () => {
    const files = { ...dependingOn('ovens'), ...integration('ovens', ['bench', 'oven']), 'bench.mjs': BENCH }
    const registry = await open(files, { sources: { step_operator: { bench: './bench.mjs#Bench' } } })
    const rows = registry.list('step_operator').filter(({ flavor }) => flavor === 'bench')
    expect(rows).toMatchObject([{ state: 'damaged' }, { state: 'damaged' }])
    expect(stateOf(registry, 'oven')).toBe('installed')
    await expect(registry.get('step_operator', 'bench')).rejects.toMatchObject({
      code: 'FLAVOR_INVALID',
      message: expect.stringMatching(/ovens.*\.\/bench\.mjs#Bench/),
    })
  })
})

describe('a damaged integration', () => {
  it.each([
    ['whose manifest is no JSON', { 'node_modules/bad/package.json': '{ "sidestep": ' }, 'cannot be read'],
    ['whose descriptor throws', descriptor('throw new Error("not today")'), 'does not load: not today'],
    ['whose descriptor exports nothing', descriptor(''), 'not what defineIntegration() returns'],
    [
      'whose descriptor exports what it likes',
      descriptor('export default { name: "bad", flavors: [] }'),
      'not what defineIntegration()',
    ],
    ['with a flavor that is none', descriptor(define('[() => 1]')), 'defineFlavor() did not return'],
    ['with a flavor twice', descriptor(define('[a, a]')), 'lists the step operator flavor a twice'],
    ['with a name that cannot be one', descriptor(define('[b]')), 'cannot be the name of a flavor'],
    ['that has no list', descriptor(define('undefined')), 'no list of flavors'],
    ['that names no path', installed('bad', { sidestep: { integration: 7 } }), 'is no path'],
    [
      'that leaves it',
      installed('bad', { sidestep: { integration: './../good/integration.js' } }),
      'stays in the package',
    ],
    [
      'that exports what leaves it',
      installed('bad', { exports: { './i': './../good/integration.js' }, sidestep: { integration: './i' } }),
      'does not export ./i',
    ],
    [
      'that says that there is none for import',
      installed(
        'bad',
        { exports: { './i': { import: null, default: './i.js' } }, sidestep: { integration: './i' } },
        { 'i.js': '' },
      ),
      'does not export ./i',
    ],
    [
      'that does not export it',
      installed('bad', { exports: './x.js', sidestep: { integration: './i' } }),
      'does not export ./i',
    ],
    [
      'that is not built',
      installed('bad', { exports: { './i': './dist/i.js' }, sidestep: { integration: './i' } }),
      'there is no file',
    ],
    [
      'for another core',
      integration('bad', ['a'], { peerDependencies: { '@sidestep/core': '>=9.1' } }),
      'was made for @sidestep/core >=9.1, and this is',
    ],
  ])('%s breaks nothing else', async (_what, files, problem) => {
    const registry = await open({ ...dependingOn('good', 'bad'), ...integration('good', ['fine']), ...files })
    expect(stateOf(registry, 'fine')).toBe('installed')
    const bad = registry.integrations().find((it) => it.package === 'bad')
    expect(bad).toMatchObject({
      state: 'damaged',
      problem: { code: 'FLAVOR_INVALID', message: expect.stringContaining(problem), hint: expect.any(String) },
    })
    await expect(registry.get('step_operator', 'a')).rejects.toMatchObject({ hint: expect.stringContaining(problem) })
  })

  it('of Sidestep itself keeps its rows', async () => {
    const registry = await open({
      ...dependingOn('@sidestep/local'),
      ...installed('@sidestep/local', { sidestep: { integration: './i.js' } }),
    })
    expect(registry.list('artifact_store').find(({ flavor }) => flavor === 'local')).toMatchObject({
      state: 'damaged',
      integration: 'local',
      problem: { message: expect.stringContaining('there is no file') },
    })
    await expect(registry.get('step_operator', 'local')).rejects.toMatchObject({ code: 'FLAVOR_INVALID' })
  })

  it('clashes with another one', async () => {
    const registry = await open({
      ...dependingOn('one', 'two', '@them/one'),
      ...integration('one', ['a', 'b']),
      ...integration('two', ['a', 'c']),
      ...integration('@them/one', ['d']),
    })
    const states = Object.fromEntries(['a', 'b', 'c', 'd'].map((flavor) => [flavor, stateOf(registry, flavor)]))
    expect(states).toEqual({ a: 'damaged', b: 'installed', c: 'installed' })
    expect(registry.integrations().find((it) => it.package === '@them/one')).toMatchObject({
      state: 'damaged',
      problem: { message: expect.stringContaining('and so has one') },
    })
  })

  it('is not the project: its own package.json must be right', async () => {
    const folder = await projectFolder({ 'package.json': '{ "name": ' })
    await expect(FlavorRegistry.open({ projectFolder: folder })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(join(folder, 'package.json')),
    })
  })
})

describe('the range that a package asks of core', () => {
  it.each([
    ['0.0.0', '^0.0.0', true],
    ['0.0.0', 'workspace:^', true],
    ['1.4.2', '^1.2.3', true],
    ['1.2.2', '^1.2.3', false],
    ['2.0.0', '^1.2.3', false],
    ['0.3.0', '^0.2.1', false],
    ['0.2.9', '^0.2.1', true],
    ['0.0.4', '^0.0.3', false],
    ['1.0.0-beta.2', '^1.0.0-beta.1', true],
    ['1.1.0-beta.1', '^1.0.0', true],
    ['2.0.0-beta.2', '^1.0.0', false],
    ['1.5.0', '>=1.2 <2 || ^3', true],
    ['2.5.0', '>=1.2 <2 || ^3', false],
    ['1.5.0', '*', true],
    ['1.5.0', 'next', true],
    ['1.5.0', 'file:../core', true],
  ])('%s and %s: %s', async (version, range, fits) => {
    expect(await satisfies(version, range)).toBe(fits)
  })
})

function descriptor(text: string): Files {
  return installed('bad', { sidestep: { integration: './i.js' } }, { 'i.js': text })
}

function define(flavors: string): string {
  return `
import { defineFlavor, defineIntegration } from '${CORE}flavor.ts'
const make = (flavor) => defineFlavor({ type: 'step_operator', flavor, configSchema: async () => undefined, load: async () => class {} })
const a = make('a'), b = make('b/c')
export default defineIntegration({ name: 'bad', flavors: ${flavors} })`
}
