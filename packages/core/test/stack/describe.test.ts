import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { defineFlavor, type Flavor } from '../../src/flavor/define-flavor.ts'
import { StackComponent, type ComponentRef } from '../../src/stack/component.ts'
import { flavorSource } from '../../src/stack/flavor-source.ts'
import { Stack } from '../../src/stack/stack.ts'

class Shelf extends StackComponent<object> {
  static override readonly TYPE = 'artifact_store'
  static override readonly FLAVOR = 'shelf'
}

const neverLoaded = async (): Promise<never> => {
  throw new Error('a description loads nothing')
}

const bench: Flavor<'step_operator', object> = defineFlavor({
  type: 'step_operator',
  flavor: 'bench',
  configSchema: neverLoaded,
  load: neverLoaded,
})

const homely: Flavor<'step_operator', { readonly home?: string }> = defineFlavor({
  type: 'step_operator',
  flavor: 'homely',
  configSchema: neverLoaded,
  load: neverLoaded,
  complete: ({ home = '/the/home' }) => ({ home }),
})

const PROJECT = join(import.meta.dirname, '..')

function described(operator: ComponentRef<'step_operator'>): unknown {
  const stack = new Stack({ name: 'mine', artifactStore: new Shelf({}), stepOperators: { it: operator } })
  return stack.describe({ projectFolder: PROJECT }).stepOperators['it']
}

describe('the description of a stack', () => {
  it('says for each component its type, its flavor, where that is defined, and the configuration', () => {
    const stack = new Stack({
      name: 'mine',
      artifactStore: new Shelf({ path: '/shelf' }),
      stepOperators: { gpu: bench({ cards: [1, 2], of: { kind: 'L4' } }), '*': bench({}) },
      defaultStepOperator: 'gpu',
    })
    const source = { file: 'stack/describe.test.ts' }
    const description = stack.describe({ projectFolder: PROJECT })
    expect(description).toEqual({
      name: 'mine',
      artifactStore: { type: 'artifact_store', flavor: 'shelf', config: { path: '/shelf' } },
      stepOperators: {
        gpu: { type: 'step_operator', flavor: 'bench', source, config: { cards: [1, 2], of: { kind: 'L4' } } },
        '*': { type: 'step_operator', flavor: 'bench', source, config: {} },
      },
      defaultStepOperator: 'gpu',
    })
    expect(JSON.parse(JSON.stringify(description))).toEqual(description)
  })

  it('keeps the configuration as it was, whatever is done to it later', () => {
    const config = { cards: [1] }
    const stack = new Stack({ name: 'mine', artifactStore: new Shelf({}), stepOperators: { gpu: bench(config) } })
    const description = stack.describe({ projectFolder: PROJECT })
    config.cards.push(2)
    expect(description.stepOperators['gpu']?.config).toEqual({ cards: [1] })
  })

  it('holds what a flavor takes from its surroundings, so that it means the same elsewhere', () => {
    expect(described(homely({}))).toMatchObject({ config: { home: '/the/home' } })
    expect(described(homely({ home: '/another' }))).toMatchObject({ config: { home: '/another' } })
  })

  it('leaves properties out that are undefined', () => {
    expect(described(bench({ region: undefined, zone: 'b' }))).toHaveProperty('config', { zone: 'b' })
  })

  const circle: Record<string, unknown> = {}
  circle['itself'] = circle
  it.each([
    ['a function', { retry: () => true }],
    ['a date', { since: new Date(0) }],
    ['a number that is none', { limits: [Number.NaN] }],
    ['a bigint', { bytes: 1n }],
    ['an object of a class', { deep: { store: new Shelf({}) } }],
    ['itself', circle],
    ['undefined in a list', { list: [undefined] }],
  ])('has no configuration where it holds %s', (_what, config) => {
    expect(described(bench(config))).not.toHaveProperty('config')
  })

  it('takes a component that is no more than an object, and knows no module of it', () => {
    const plain: ComponentRef<'step_operator'> = {
      type: 'step_operator',
      flavor: 'plain',
      config: { a: 1 },
      load: neverLoaded,
    }
    expect(described(plain)).toEqual({ type: 'step_operator', flavor: 'plain', config: { a: 1 } })
  })
})

describe('where a flavor can be imported from', () => {
  let base: string
  beforeEach(() => {
    base = realpathSync(mkdtempSync(join(tmpdir(), 'sidestep-source-')))
  })
  afterEach(() => rmSync(base, { recursive: true, force: true, maxRetries: 5 }))

  const write = (path: string, text: string): string => {
    const file = join(base, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return file
  }
  const source = (path: string, project = 'app'): unknown => flavorSource(join(base, path), join(base, project))

  it('is a file of the project, relative to it', () => {
    write('app/package.json', '{ "name": "app", "exports": "./main.js" }')
    expect(source('app/src/gpu.ts')).toEqual({ file: 'src/gpu.ts' })
    expect(flavorSource(pathToFileURL(join(base, 'app/gpu.mjs')).href, join(base, 'app'))).toEqual({ file: 'gpu.mjs' })
  })

  it('is the package that it lies in: installed, or beside the project in a workspace', () => {
    write('app/node_modules/@them/flavors/package.json', '{ "name": "@them/flavors", "exports": {} }')
    write('app/node_modules/@them/flavors/dist/package.json', '{ "type": "commonjs" }')
    write('packages/ours/package.json', '{ "name": "ours", "main": "x.js" }')
    write('node_modules/old/package.json', '{ "name": "old" }')
    write('node_modules/old/index.js', '')
    expect(source('app/node_modules/@them/flavors/dist/deep/gpu.js')).toEqual({ package: '@them/flavors' })
    expect(source('packages/ours/src/gpu.ts')).toEqual({ package: 'ours' })
    expect(source('node_modules/old/lib/gpu.js')).toEqual({ package: 'old' })
  })

  it('is the entry of a package that it is, by a pattern too', () => {
    const exports = { './op': { types: './op.d.ts', default: './dist/op.js' }, './*': './dist/*.js', './raw/*': null }
    write('node_modules/wild/package.json', JSON.stringify({ name: 'wild', exports }))
    expect(source('node_modules/wild/dist/op.js')).toEqual({ package: 'wild/op' })
    expect(source('node_modules/wild/dist/deep/ops.js')).toEqual({ package: 'wild/deep/ops' })
    expect(source('node_modules/wild/dist/.js')).toEqual({ package: 'wild' })
    expect(source('node_modules/wild/lib/ops.js')).toEqual({ package: 'wild' })
  })

  it('is a file where the nearest package cannot be imported, or is what the project lies in', () => {
    write('tools/package.json', '{ "name": "tools" }')
    expect(source('tools/gpu.ts')).toEqual({ file: '../tools/gpu.ts' })
    write('package.json', '{ "name": "around", "exports": "./main.js" }')
    expect(source('common/gpu.ts', 'examples/app')).toEqual({ file: '../../common/gpu.ts' })
  })

  it('is found where the project is named by a symbolic link', () => {
    mkdirSync(join(base, 'app/src'), { recursive: true })
    symlinkSync(join(base, 'app'), join(base, 'link'))
    expect(source('app/src/gpu.ts', 'link')).toEqual({ file: 'src/gpu.ts' })
  })

  it('is not known of code that lies in no file', () => {
    expect(flavorSource('data:text/javascript,0', '/app')).toBeUndefined()
    expect(flavorSource('evalmachine.<anonymous>', '/app')).toBeUndefined()
  })
})

describe('a secret in a stack that is made in code', () => {
  const key = `AKIA${'ABCDEFGHIJKLMNOP'}`

  it('is refused where it would be stored, with its place and what to write instead', () => {
    for (const [config, path] of [
      [{ apiKey: 'abc' }, 'apiKey'],
      [{ deep: [{ it: ['x', key] }] }, 'deep[0].it[1]'],
      [{ url: 'postgres://u:hunter2@h/db' }, 'url'],
    ] as const) {
      const thrown: unknown = (() => {
        try {
          return described(bench(config))
        } catch (error) {
          return error
        }
      })()
      expect(thrown).toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining(`mine.stepOperators.it.${path} is refused: `) as string,
        hint: expect.stringContaining('${env:NAME}') as string,
      })
      expect(String(thrown)).not.toMatch(/AKIA|hunter2/)
    }
    expect(() => described(homely({ home: `/home?sig=${key}` }))).toThrow('home is refused')
  })

  it('is described as the reference that stands for it', () => {
    expect(described(bench({ apiKey: '${env:API_KEY}' }))).toMatchObject({ config: { apiKey: '${env:API_KEY}' } })
  })

  it('is left out with the configuration of an instance, which nothing makes again', () => {
    const stack = (config: object): Stack =>
      new Stack({ name: 'mine', artifactStore: new Shelf(config), stepOperators: { it: bench({}) } })
    const store = (config: object): object => stack(config).describe({ projectFolder: PROJECT }).artifactStore
    expect(store({ token: 'abc' })).toEqual({ type: 'artifact_store', flavor: 'shelf' })
    expect(store({ folder: '/x' })).toEqual({ type: 'artifact_store', flavor: 'shelf', config: { folder: '/x' } })
  })
})
