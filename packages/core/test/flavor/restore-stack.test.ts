import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { restoreComponent, restoreStack } from '../../src/flavor/restore-stack.ts'
import { Stack, type StackOptions } from '../../src/stack/stack.ts'

const CORE = new URL('../../src/', import.meta.url).href

/** What a user writes in plain JavaScript. */
const FLAVORS = `
import { defineFlavor } from '${CORE}flavor/define-flavor.ts'
import { BaseStepOperator } from '${CORE}operator/base-step-operator.ts'
import { StackComponent } from '${CORE}stack/component.ts'
class Bench extends BaseStepOperator { static FLAVOR = 'bench'; async launch() {} }
class Shelf extends StackComponent { static TYPE = 'artifact_store'; static FLAVOR = 'bench' }
const configSchema = async () => ({ '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } })
export const bench = defineFlavor({ type: 'step_operator', flavor: 'bench', configSchema, load: async () => Bench })
export const shelf = defineFlavor({ type: 'artifact_store', flavor: 'bench', configSchema, load: async () => Shelf })
`

interface Flavors {
  readonly bench: (config: object) => StackOptions['stepOperators'][string]
  readonly shelf: (config: object) => StackOptions['artifactStore']
}

let base: string
let projectFolder: string
beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'sidestep-restore-')))
  projectFolder = join(base, 'app')
  await write('app/package.json', '{ "name": "app", "type": "module" }')
})
afterEach(() => rm(base, { recursive: true, force: true, maxRetries: 5 }))

async function write(path: string, text: string): Promise<string> {
  const file = join(base, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
  return file
}

async function load(file: string): Promise<Flavors> {
  return (await import(pathToFileURL(file).href)) as Flavors
}

/** The description as another process reads it. */
function describedBy({ bench, shelf }: Flavors, parts: Partial<StackOptions> = {}) {
  const stack = new Stack({
    name: 'prod',
    artifactStore: shelf({ path: '/shelf' }),
    stepOperators: { gpu: bench({ cards: 2 }), cpu: bench({}) },
    defaultStepOperator: 'gpu',
    ...parts,
  })
  return JSON.parse(JSON.stringify(stack.describe({ projectFolder }))) as ReturnType<Stack['describe']>
}

describe('a stack that was described', () => {
  it('is made again from flavors in files of the project', async () => {
    const description = describedBy(await load(await write('app/src/flavors.mjs', FLAVORS)))
    const stack = await restoreStack(description, { projectFolder })
    expect(stack.name).toBe('prod')
    expect(stack.stepOperatorNames).toEqual(['gpu', 'cpu'])
    expect(stack.stepOperatorName(true)).toBe('gpu')
    expect(await stack.stepOperator('gpu')).toMatchObject({ config: { cards: 2 } })
    expect(await stack.artifactStore()).toMatchObject({ config: { path: '/shelf' } })
    expect(stack.describe({ projectFolder })).toEqual(description)
  })

  it.each([
    ['a file', '{ "name": "@them/flavors", "exports": "./dist/flavors.js", "type": "module" }'],
    [
      'what only `import` may have',
      `{ "name": "@them/flavors", "exports": { ".": { "types": "./x.d.ts",
      "require": "./nothing.cjs", "import": { "default": "./dist/flavors.js" } } }, "type": "module" }`,
    ],
    ['`main`', '{ "name": "@them/flavors", "main": "dist/flavors.js", "type": "module" }'],
  ])('is made again from flavors of an installed package that exports %s', async (_what, manifest) => {
    await write('app/node_modules/@them/flavors/package.json', manifest)
    const file = await write('app/node_modules/@them/flavors/dist/flavors.js', FLAVORS)
    const description = describedBy(await load(file))
    expect(description.artifactStore.source).toEqual({ package: '@them/flavors' })
    const stack = await restoreStack(description, { projectFolder })
    expect(await stack.stepOperator('gpu')).toMatchObject({ config: { cards: 2 } })
  })

  it('is made again from flavors that a CommonJS package exports', async () => {
    const file = await write(
      'app/flavors.cjs',
      `const make = (type, flavor) => Object.assign((config) => ({ type, flavor, config, source: __filename, load: async () => ({}) }), { type, flavor })
       module.exports = { bench: make('step_operator', 'bench'), shelf: make('artifact_store', 'bench') }`,
    )
    const { default: flavors } = (await import(pathToFileURL(file).href)) as { default: Flavors }
    const description = describedBy(flavors)
    const stack = await restoreStack(description, { projectFolder })
    expect(stack.describe({ projectFolder })).toEqual(description)
  })

  it('is imported as the caller says', async () => {
    const file = await write('app/src/flavors.mjs', FLAVORS)
    const description = describedBy(await load(file))
    await write('app/src/flavors.mjs', 'enum NotForNode {}')
    const imported: string[] = []
    const readable = await write('app/src/compiled.mjs', FLAVORS)
    const importModule = async (url: string): Promise<Readonly<Record<string, unknown>>> => {
      imported.push(url)
      return (await import(pathToFileURL(readable).href)) as Readonly<Record<string, unknown>>
    }
    const stack = await restoreStack(description, { projectFolder, importModule })
    expect(await stack.stepOperator('gpu')).toMatchObject({ config: { cards: 2 } })
    expect(new Set(imported)).toEqual(new Set([pathToFileURL(file).href]))
  })

  it('is made again from flavors that only the integration of a package lists', async () => {
    const exports = { '.': './main.js', './integration': './integration.js' }
    const manifest = { name: 'flavors', type: 'module', exports, sidestep: { integration: './integration' } }
    const folder = 'app/node_modules/flavors'
    await write(`${folder}/package.json`, JSON.stringify(manifest))
    await write(`${folder}/main.js`, '')
    await write(
      `${folder}/integration.js`,
      `import { defineIntegration } from '${CORE}flavor.ts'
       import * as flavors from './flavors.js'
       export default defineIntegration({ name: 'flavors', flavors: Object.values(flavors) })`,
    )
    const description = describedBy(await load(await write(`${folder}/flavors.js`, FLAVORS)))
    expect(description.artifactStore.source).toEqual({ package: 'flavors' })
    const stack = await restoreStack(description, { projectFolder })
    expect(stack.describe({ projectFolder })).toEqual(description)
  })

  it('finds packages also from other places, in their order', async () => {
    for (const place of ['one', 'two']) {
      await write(`${place}/node_modules/flavors/package.json`, '{ "name": "flavors", "exports": "./index.mjs" }')
      await write(`${place}/node_modules/flavors/index.mjs`, `${FLAVORS}\nglobalThis.flavorsFrom = '${place}'`)
    }
    const description = describedBy(await load(join(base, 'one/node_modules/flavors/index.mjs')))
    const packagesFrom = [join(base, 'two/x.js'), pathToFileURL(join(base, 'one/x.js')).href]
    await restoreStack(description, { projectFolder, packagesFrom })
    expect(globalThis).toHaveProperty('flavorsFrom', 'two')
  })
})

describe('a component that cannot be made again', () => {
  it('is named: one that was given as an instance', async () => {
    const { StackComponent } = await import('../../src/stack/component.ts')
    class Mine extends StackComponent<object> {
      static override readonly TYPE = 'step_operator'
      static override readonly FLAVOR = 'mine'
      readonly capabilities = {}
      async launch(): Promise<void> {}
    }
    const flavors = await load(await write('app/flavors.mjs', FLAVORS))
    const description = describedBy(flavors, { stepOperators: { gpu: new Mine({}) }, defaultStepOperator: 'gpu' })
    await expect(restoreStack(description, { projectFolder })).rejects.toMatchObject({
      code: 'COMPONENT_INVALID',
      kind: 'config',
      message: expect.stringMatching(/^prod\.stepOperators\.gpu, .* mine, cannot be made again: it is an instance/),
      hint: expect.stringContaining('defineFlavor()'),
    })
  })

  it('is named: one whose configuration is no JSON', async () => {
    const flavors = await load(await write('app/flavors.mjs', FLAVORS))
    const description = describedBy(flavors, { artifactStore: flavors.shelf({ open: () => undefined }) })
    await expect(restoreStack(description, { projectFolder })).rejects.toMatchObject({
      code: 'COMPONENT_INVALID',
      message: expect.stringMatching(/^prod\.artifactStore, .* its configuration/),
    })
  })

  it('is named with its file that is gone', async () => {
    const file = await write('app/flavors.mjs', FLAVORS)
    const description = describedBy(await load(file))
    await rm(file)
    await expect(restoreStack(description, { projectFolder })).rejects.toMatchObject({
      code: 'MODULE_NOT_FOUND',
      message: expect.stringContaining(file),
    })
  })

  it('is named with its file that no longer exports the flavor, or no longer loads', async () => {
    const description = describedBy(await load(await write('app/flavors.mjs', FLAVORS)))
    const source = { file: 'changed.mjs' }
    const artifactStore = { ...description.artifactStore, source }
    await write('app/changed.mjs', FLAVORS.replaceAll('export ', ''))
    await expect(restoreStack({ ...description, artifactStore }, { projectFolder })).rejects.toMatchObject({
      code: 'COMPONENT_INVALID',
      hint: expect.stringMatching(/^Export what defineFlavor\(\) returns from .*changed\.mjs/),
    })
    await write('app/broken.mjs', 'throw new Error("not today")')
    const broken = { ...artifactStore, source: { file: 'broken.mjs' } }
    await expect(restoreStack({ ...description, artifactStore: broken }, { projectFolder })).rejects.toMatchObject({
      code: 'MODULE_LOAD_FAILED',
      message: expect.stringContaining('not today'),
      cause: expect.any(Error),
    })
  })

  it('is named with its export that was renamed, where two others could be meant', async () => {
    const description = describedBy(await load(await write('app/flavors.mjs', FLAVORS)))
    await write(
      'app/two.mjs',
      `${FLAVORS}\nexport const other = defineFlavor({ type: 'artifact_store', flavor: 'bench', configSchema, load: async () => Shelf })`,
    )
    const restored = (name: string) => {
      const artifactStore = { ...description.artifactStore, source: { file: 'two.mjs', export: name } }
      return restoreStack({ ...description, artifactStore }, { projectFolder })
    }
    expect((await restored('other')).describe({ projectFolder }).artifactStore.source).toEqual({
      file: 'two.mjs',
      export: 'other',
    })
    await expect(restored('gone')).rejects.toMatchObject({ code: 'COMPONENT_INVALID' })
    const renamed = { ...description.artifactStore, source: { file: 'flavors.mjs', export: 'gone' } }
    const again = await restoreStack({ ...description, artifactStore: renamed }, { projectFolder })
    expect(again.describe({ projectFolder }).artifactStore.source).toEqual({ file: 'flavors.mjs', export: 'shelf' })
  })

  it('is named with its package that has no such entry, or whose package.json is no JSON', async () => {
    const description = describedBy(await load(await write('app/flavors.mjs', FLAVORS)))
    await write('app/node_modules/closed/package.json', '{ "name": "closed", "exports": { "./x": "./x.js" } }')
    await write('app/node_modules/broken/package.json', '{ "name": ')
    for (const name of ['closed', 'broken', 'closed/y', 'broken/y']) {
      const artifactStore = { ...description.artifactStore, source: { package: name } }
      await expect(restoreStack({ ...description, artifactStore }, { projectFolder }), name).rejects.toMatchObject({
        code: 'PACKAGE_NOT_FOUND',
        kind: 'config',
        message: expect.stringContaining(
          `prod.artifactStore, an artifact store of the flavor bench, cannot be made again: ${name}`,
        ),
      })
    }
  })

  it('may be of a package that exports nothing but its integration', async () => {
    const manifest = {
      name: 'only',
      type: 'module',
      exports: { './integration': './i.js' },
      sidestep: { integration: './integration' },
    }
    await write('app/node_modules/only/package.json', JSON.stringify(manifest))
    await write(
      'app/node_modules/only/i.js',
      `import { defineIntegration } from '${CORE}flavor.ts'
       import * as flavors from './flavors.js'
       export default defineIntegration({ name: 'only', flavors: Object.values(flavors) })`,
    )
    const description = describedBy(await load(await write('app/node_modules/only/flavors.js', FLAVORS)))
    const stack = await restoreStack(description, { projectFolder })
    expect(stack.describe({ projectFolder })).toEqual(description)
  })

  it('is not looked for by naming where only this program looks', async () => {
    const description = describedBy(await load(await write('app/flavors.mjs', FLAVORS)))
    const artifactStore = { ...description.artifactStore, source: { package: 'nowhere/sub' } }
    const packagesFrom = [pathToFileURL(join(base, 'tool/dist/bin-1a2b.js')).href]
    await expect(
      restoreStack({ ...description, artifactStore }, { projectFolder, packagesFrom }),
    ).rejects.toMatchObject({
      message: expect.stringMatching(/not found from \S*\/app or \S+$/),
      hint: expect.stringContaining('npm install nowhere.'),
    })
  })

  it('does not keep another one of its stack from being made', async () => {
    await write('away/node_modules/flavors/package.json', '{ "name": "flavors", "exports": "./index.mjs" }')
    const away = await load(await write('away/node_modules/flavors/index.mjs', FLAVORS))
    const here = await load(await write('app/flavors.mjs', FLAVORS))
    const description = describedBy(here, { stepOperators: { gpu: away.bench({}) } })
    await expect(restoreStack(description, { projectFolder })).rejects.toMatchObject({
      code: 'PACKAGE_NOT_FOUND',
      message: expect.stringContaining(`its package flavors was not found from ${projectFolder}`),
      hint: expect.stringContaining('npm install flavors'),
    })
    const options = { projectFolder, type: 'artifact_store', name: 'prod.artifactStore' } as const
    const store = await restoreComponent(description.artifactStore, options)
    expect(await store.load()).toMatchObject({ config: { path: '/shelf' } })
  })
})
