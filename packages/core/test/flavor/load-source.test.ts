import { execFile } from 'node:child_process'
import { readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { describe, expect, it } from 'vitest'

import { BASE_CLASSES, JOB_STEP_OPERATOR } from '../../src/flavor/check-flavor-class.ts'
import { loadSource } from '../../src/flavor/load-source.ts'
import { restoreStack } from '../../src/flavor/restore-stack.ts'
import type { StackComponentType } from '../../src/stack/component.ts'
import { Stack, type StackOptions } from '../../src/stack/stack.ts'
import { CORE, installed, projectFolder, type Files } from './project-folder.ts'

const OPERATORS = `
import { BaseStepOperator } from '${CORE}operator/base-step-operator.ts'
import { JobStepOperator } from '${CORE}launch/job-step-operator.ts'
import { ArtifactStore } from '${CORE}artifact/artifact-store.ts'
import { StackComponent } from '${CORE}stack/component.ts'
import { defineFlavor } from '${CORE}flavor.ts'
const standard = (validate) => ({ '~standard': { version: 1, vendor: 'test', validate } })
export class Bench extends BaseStepOperator {
  static FLAVOR = 'bench'
  static CONFIG_SCHEMA = standard((value) => ('cards' in value ? { value } : { issues: [{ message: 'no cards' }] }))
  static SETTINGS_SCHEMA = standard((value) => ({ value }))
  async launch() {}
}
export default class Plain extends BaseStepOperator { static FLAVOR = 'plain'; async launch() {} }
export class Shelf extends ArtifactStore {
  static FLAVOR = 'shelf'
  async putObject() {}
  async putObjectIfAbsent() {}
  async readObject() {}
  async statObject() {}
  async *listObjects() {}
  async deleteObject() {}
}
export class Registry extends StackComponent { static TYPE = 'container_registry'; static FLAVOR = 'shelf' }
export const flavor = defineFlavor({ type: 'step_operator', flavor: 'light', configSchema: async () => standard((value) => ({ value })), load: async () => Plain })
`

/** Each is one thing short of a flavor. */
const WITH_WRONG_ONES = `${OPERATORS}
export class NoFlavor extends BaseStepOperator { async launch() {} }
export class NumberFlavor extends BaseStepOperator { static FLAVOR = 1; async launch() {} }
export class BadName extends BaseStepOperator { static FLAVOR = 'my bench'; async launch() {} }
export class NoLaunch extends BaseStepOperator { static FLAVOR = 'bench' }
export class FieldLaunch extends BaseStepOperator { static FLAVOR = 'bench'; launch = async () => {} }
export class NoService extends JobStepOperator { static FLAVOR = 'bench' }
export class HalfStore extends ArtifactStore { static FLAVOR = 'half'; async putObject() {} async readObject() {} }
export class NoType extends StackComponent { static FLAVOR = 'bench' }
export class OddType extends StackComponent { static TYPE = 'oven'; static FLAVOR = 'bench' }
export class NotAnOperator extends StackComponent { static TYPE = 'step_operator'; static FLAVOR = 'bench'; async launch() {} }
export class BadConfig extends BaseStepOperator { static FLAVOR = 'bench'; static CONFIG_SCHEMA = { parse() {} }; async launch() {} }
export class BadSettings extends BaseStepOperator { static FLAVOR = 'bench'; static SETTINGS_SCHEMA = { '~standard': { version: 2 } }; async launch() {} }
export class Unrelated { static FLAVOR = 'bench'; async launch() {} }
class OldBase { static [Symbol.for('sidestep.component-class@0')] = true }
export class Old extends OldBase { static FLAVOR = 'bench'; async launch() {} }
const Copy = { BaseStepOperator: class BaseStepOperator {} }
export class OfCopy extends Copy.BaseStepOperator { static FLAVOR = 'bench'; async launch() {} }
export const instance = new Plain({})
export const called = flavor({})
export function make() { return new Plain({}) }
export const text = 'text'
export const badFlavor = defineFlavor({ type: 'step_operator', flavor: 'light', configSchema: async () => ({}), load: async () => Plain })
export const badName = defineFlavor({ type: 'step_operator', flavor: '-x', configSchema: async () => undefined, load: async () => Plain })
export const failing = defineFlavor({ type: 'step_operator', flavor: 'light', configSchema: async () => { throw new Error('gone') }, load: async () => Plain })
`

async function load(name: string, files: Files = {}, type: StackComponentType = 'step_operator') {
  const folder = await projectFolder({ 'src/flavors.mjs': WITH_WRONG_ONES, ...files })
  return loadSource(name.includes('#') ? name : `./src/flavors.mjs#${name}`, { projectFolder: folder, type })
}

describe('a source path', () => {
  it('leads to a class, which is a flavor then', async () => {
    const bench = await load('Bench')
    expect([bench.type, bench.flavor]).toEqual(['step_operator', 'bench'])
    expect(await bench.configSchema()).toHaveProperty('~standard')
    expect(await bench.settingsSchema()).toHaveProperty('~standard')
    expect(await bench({ cards: 2 }).load()).toMatchObject({ config: { cards: 2 } })
    await expect(bench({}).load()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching('no cards'),
    })
    const plain = await load('default')
    expect(plain.flavor).toBe('plain')
    expect(await plain.configSchema()).toBeUndefined()
    expect(await plain({ any: 'thing' }).load()).toMatchObject({ config: { any: 'thing' } })
    await expect(plain([]).load()).rejects.toThrow('a configuration is an object')
    expect((await load('flavor')).flavor).toBe('light')
    expect((await load('Registry', {}, 'container_registry')).flavor).toBe('shelf')
  })

  it('leads into TypeScript, CommonJS and packages with entries of their own', async () => {
    const commonjs = `
      const { BaseStepOperator } = require('${CORE.replace('file://', '')}operator/base-step-operator.ts')
      class Mine extends BaseStepOperator { async launch() {} }
      Mine.FLAVOR = 'mine'
      Object.assign(exports, { ['Mi' + 'ne']: Mine })`
    const files = {
      'a.ts': `import { BaseStepOperator } from '${CORE}operator/base-step-operator.ts'
        export class Mine extends BaseStepOperator { static override readonly FLAVOR = 'mine'; override async launch(): Promise<void> {} }`,
      'b.cjs': commonjs,
      'c.cjs': `${commonjs}\nmodule.exports = Mine`,
      ...installed('@them/flavors', { exports: { './sub/*': './dist/*.js' } }, { 'dist/ops.js': OPERATORS }),
      ...installed('plain-files', {}, { 'lib/ops.js': OPERATORS }),
    }
    for (const source of [
      './a.ts#Mine',
      './b.cjs#Mine',
      './c.cjs#default',
      '@them/flavors/sub/ops#default',
      'plain-files/lib/ops.js#Bench',
    ]) {
      expect((await load(source, files)).type).toBe('step_operator')
    }
  })

  it.each([
    ['NoFlavor', 'has no static FLAVOR', 'static override readonly FLAVOR'],
    ['NumberFlavor', 'a static FLAVOR that is no text', 'static override readonly FLAVOR'],
    ['BadName', 'a static FLAVOR that is no name', ''],
    ['NoLaunch', 'does not implement launch()', 'Write it as a method'],
    ['FieldLaunch', 'does not implement launch()', 'not as fields'],
    ['NoService', 'does not implement createService()', 'JobStepOperator'],
    ['NotAnOperator', 'does not extend BaseStepOperator', 'extends BaseStepOperator'],
    ['NoType', 'has no static TYPE', 'Extend BaseStepOperator or ArtifactStore'],
    ['OddType', 'the static TYPE "oven"', 'step_operator, artifact_store'],
    ['Registry', 'is a flavor of container registries, not of step operators', 'Register it as a container registry'],
    ['BadConfig', 'a static CONFIG_SCHEMA that is no Standard Schema', 'zod'],
    ['BadSettings', 'a static SETTINGS_SCHEMA that is no Standard Schema', 'leave it out'],
    ['Unrelated', 'is a class that does not extend BaseStepOperator', 'extends BaseStepOperator'],
    ['Old', 'of another generation of @sidestep/core (0, and this one is 1)', 'npm ls @sidestep/core'],
    ['OfCopy', 'a class BaseStepOperator that is not that of @sidestep/core', 'npm ls @sidestep/core'],
    ['instance', 'is an instance of Plain', 'export class Plain'],
    ['called', 'was called with a configuration', 'without the call'],
    ['make', 'is a function, not a class', 'extends BaseStepOperator'],
    ['text', 'is of the type string', 'extends BaseStepOperator'],
    ['badFlavor', 'a configSchema() that gives no Standard Schema', 'zod'],
    ['badName', 'has a name that cannot be one', 'defineFlavor()'],
    ['failing', 'a configSchema() that fails: gone', 'defineFlavor()'],
    ['Bensh', 'has no export "Bensh"', 'Did you mean Bench? It exports "Bench"'],
  ])('to %s is refused: it %s', async (name, what, hint) => {
    await expect(load(name)).rejects.toMatchObject({
      code: 'FLAVOR_INVALID',
      kind: 'config',
      message: expect.stringMatching(new RegExp(`^\\./src/flavors\\.mjs.*${what.replaceAll(/[()"]/g, '\\$&')}`)),
      hint: expect.stringContaining(hint),
    })
  })

  it('of another type is refused', async () => {
    await expect(load('Bench', {}, 'image_builder')).rejects.toThrow(
      'is a flavor of step operators, not of image builders',
    )
    await expect(load('flavor', {}, 'image_builder')).rejects.toThrow(
      'is a flavor of step operators, not of image builders',
    )
    await expect(load('HalfStore', {}, 'artifact_store')).rejects.toThrow(
      'does not implement putObjectIfAbsent(), statObject(), listObjects(), deleteObject()',
    )
  })

  it('that leads to no export is refused, and says why', async () => {
    const cases: readonly (readonly [source: string, what: string, hint: string])[] = [
      ['./src/flavor.mjs#A', 'there is no file /', 'Did you mean ./src/flavors.mjs?'],
      ['./nothing/here.ts#A', 'there is no file /', 'relative to /'],
      ['./src#A', 'is no file', ''],
      ['./broken.mjs#A', 'does not load: ', 'Correct the file'],
      ['./throws.mjs#A', 'does not load: not today', 'without side effects'],
      ['./imports.mjs#A', 'does not load: Cannot find', 'Install the package'],
      ['./core.mjs#A', 'does not load: Cannot find', 'npm install @sidestep/core'],
      ['./empty.mjs#A', 'has no export "A"', 'It exports nothing'],
      ['./object.mjs#nane', 'has no export "nane"', 'It exports "default".'],
      ['./data.bin#A', 'does not load: ', ''],
      ['./enums.ts#A', 'does not load: ', 'no enum'],
      ['enums.ts#A', 'the package enums.ts is not installed', 'write ./enums.ts#A'],
      ['nothing#A', 'the package nothing is not installed', 'npm install nothing'],
      ['pkg/other#A', 'exports no ./other', 'one of the entries'],
      ['pkg#A', 'has no file', 'build the package'],
      ['typed/index.ts#A', 'does not load: ', 'the package must publish JavaScript'],
      ['newer#A', 'was made for @sidestep/core ^9.0.0, and this is 0.0.0', 'npm install newer@latest'],
    ]
    const folder = await projectFolder({
      'src/flavors.mjs': '',
      'broken.mjs': 'export class {',
      'throws.mjs': 'throw new Error("not today")',
      'imports.mjs': 'import "is-not-there"',
      'core.mjs': 'import "@sidestep/core"',
      'empty.mjs': '',
      'object.mjs': 'export default { name: 1, run: () => 1 }',
      'data.bin': '\u0000',
      'enums.ts': 'export enum A { B }',
      ...installed('pkg', { exports: './dist/index.js' }),
      ...installed('typed', {}, { 'index.ts': 'export const A: number = 1' }),
      ...installed('newer', { exports: './i.js', peerDependencies: { '@sidestep/core': '^9.0.0' } }, { 'i.js': '' }),
    })
    const program = `
      import { loadSource } from '${CORE}flavor/load-source.ts'
      const sources = ${JSON.stringify(cases.map(([source]) => source))}
      const refused = (source) => loadSource(source, { projectFolder: ${JSON.stringify(folder)} }).then(String, (error) => error)
      const errors = await Promise.all(sources.map(refused))
      console.log(JSON.stringify(errors.map(({ code, message, hint }) => ({ code, message, hint }))))`
    // Vitest would run what Node.js does not.
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
    const errors = JSON.parse(stdout) as readonly object[]
    expect(errors).toHaveLength(cases.length)
    for (const [index, [source, what, hint]] of cases.entries()) {
      expect(errors[index], source).toMatchObject({
        code: 'FLAVOR_INVALID',
        message: expect.stringContaining(what),
        hint: expect.stringContaining(hint),
      })
    }
  })
})

describe('a class', () => {
  it('is found again by another process: of the project behind a link, and of an entry of a package', async () => {
    const folder = await projectFolder({
      'app/package.json': '{ "name": "app", "type": "module" }',
      'app/src/flavors.mjs': OPERATORS,
      ...installed(
        '@them/flavors',
        { exports: { '.': './main.js', './sub': './ops.js' } },
        { 'main.js': '', 'ops.js': OPERATORS },
      ),
    })
    await symlink(join(folder, 'app'), join(folder, 'link'))
    const options = { projectFolder: join(folder, 'link') }
    const own = await loadSource('./src/flavors.mjs#Bench', options)
    const theirs = await loadSource('@them/flavors/sub#Bench', options)
    const shelf = await loadSource('./src/flavors.mjs#Shelf', { ...options, type: 'artifact_store' })
    const parts = { own: own({ cards: 1 }), theirs: theirs({ cards: 2 }) } as StackOptions['stepOperators']
    const artifactStore = shelf({}) as StackOptions['artifactStore']
    const description = new Stack({ name: 'prod', stepOperators: parts, artifactStore }).describe(options)
    expect(description.stepOperators['own']?.source).toEqual({ file: 'src/flavors.mjs', export: 'Bench' })
    expect(description.stepOperators['theirs']?.source).toEqual({ package: '@them/flavors/sub', export: 'Bench' })
    const again = await restoreStack(description, options)
    expect(await again.stepOperator('own')).toMatchObject({ config: { cards: 1 } })
    expect(await again.stepOperator('theirs')).toMatchObject({ config: { cards: 2 } })
    expect(again.describe(options)).toEqual(description)
  })
})

describe('what was registered by a source path', () => {
  it.each([
    ['./ops/src/my.mjs#Bench', 'a file of a package that exports another one'],
    ['wild/ops#Bench', 'an entry of a pattern'],
    ['bare/lib/op.js#Bench', 'a file of a package without exports'],
    ['inner/op#flavor', 'an entry that passes on what another file defines'],
    ['app/op#Bench', 'an entry of the project itself'],
    ['./twins.mjs#Second', 'one of two classes of one FLAVOR'],
  ])('is described as such, and made again: %s, %s', async (source) => {
    const twin = (name: string): string =>
      `export class ${name} extends Bench { static CONFIG_SCHEMA = undefined; get location() { return { cloud: '${name}' } } }`
    const projectFolderPath = await projectFolder({
      'package.json': '{ "name": "app", "type": "module", "exports": { "./op": "./src/op.mjs" } }',
      'src/op.mjs': OPERATORS,
      'twins.mjs': `import { Bench } from './src/op.mjs'\n${twin('First')}\n${twin('Second')}`,
      'ops/package.json': '{ "name": "@x/ops", "type": "module", "exports": { ".": "./src/index.mjs" } }',
      'ops/src/index.mjs': '',
      'ops/src/my.mjs': OPERATORS,
      ...installed('wild', { exports: { './*': './dist/*.js' } }, { 'dist/ops.js': OPERATORS }),
      ...installed('bare', { main: './index.js' }, { 'index.js': '', 'lib/op.js': OPERATORS }),
      ...installed(
        'inner',
        { exports: { './op': './op.js' } },
        { 'op.js': "export { flavor } from './inner.js'", 'inner.js': OPERATORS },
      ),
    })
    const options = { projectFolder: projectFolderPath }
    const flavor = await loadSource(source, options)
    const artifactStore = (await loadSource('./src/op.mjs#Shelf', options))({}) as StackOptions['artifactStore']
    const stepOperators = { it: flavor({ cards: 1 }) } as StackOptions['stepOperators']
    const description = new Stack({ name: 's', artifactStore, stepOperators }).describe(options)
    const [module, name] = source.split('#')
    const expected = source.startsWith('./') ? { file: module?.slice(2) } : { package: module }
    expect(description.stepOperators['it']?.source).toEqual({ ...expected, export: name })
    const again = await restoreStack(JSON.parse(JSON.stringify(description)) as typeof description, options)
    const operator = await again.stepOperator('it')
    expect(operator).toMatchObject({ config: { cards: 1 } })
    if (name === 'Second') expect(operator.location).toEqual({ cloud: 'Second' })
    expect(again.describe(options)).toEqual(description)
  })
})

describe('what throws while it is looked at', () => {
  it.each([
    ['Getter', "static get FLAVOR() { throw new Error('boom') }"],
    ['Schema', "static FLAVOR = 'a'; static get CONFIG_SCHEMA() { throw new Error('boom') }"],
  ])('is refused as a flavor: %s', async (name, statics) => {
    const folder = await projectFolder({
      'a.mjs': `import { BaseStepOperator } from '${CORE}operator/base-step-operator.ts'
        export class ${name} extends BaseStepOperator { ${statics}; async launch() {} }
        export const proxy = new Proxy(class {}, { get() { throw new Error('boom') } })`,
    })
    for (const wanted of [name, 'proxy']) {
      await expect(loadSource(`./a.mjs#${wanted}`, { projectFolder: folder })).rejects.toMatchObject({
        code: 'FLAVOR_INVALID',
        message: `./a.mjs#${wanted} cannot be read: boom`,
        hint: expect.any(String),
      })
    }
  })
})

describe('the lists of methods', () => {
  it('are those of the base classes', async () => {
    const read = async (path: string): Promise<string> =>
      readFile(new URL(`../../src/${path}`, import.meta.url), 'utf8')
    const abstracts = (text: string): string[] => [...text.matchAll(/abstract (\w+)\(/g)].map(([, name = '']) => name)
    expect(abstracts(await read('operator/base-step-operator.ts'))).toEqual(BASE_CLASSES.step_operator.asks)
    expect(abstracts(await read('artifact/artifact-store.ts'))).toEqual(BASE_CLASSES.artifact_store.asks)
    expect(abstracts(await read('launch/job-step-operator.ts'))).toEqual(JOB_STEP_OPERATOR.asks)
  })
})
