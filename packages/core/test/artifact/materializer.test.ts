import { expect, test } from 'vitest'

import { loadValue } from '../../src/artifact/load-value.ts'
import { registerMaterializer, type Materializer } from '../../src/artifact/materializer.ts'
import { saveValue } from '../../src/artifact/save-value.ts'
import { encodeInput } from '../../src/artifact/encode-input.ts'
import { roundTrip, save, testStore, thrownBy } from '../support/values.ts'

class Table {
  readonly rows: readonly string[]
  constructor(rows: readonly string[]) {
    this.rows = rows
  }
}

const table: Materializer<Table> = {
  name: 'table',
  accepts(value): value is Table {
    return value instanceof Table
  },
  async save({ rows }) {
    return { body: Buffer.from(rows.join('\n')), meta: { rows: rows.length, unused: undefined } }
  },
  async load(read, meta) {
    const text = Buffer.from(await read.bytes()).toString()
    return new Table((meta as { rows: number }).rows === 0 ? [] : text.split('\n'))
  },
}

registerMaterializer(table)

test('a class of the user, as a whole and inside of values', async () => {
  const store = await testStore()
  const stored = await save(new Table(['a', 'b']), store)
  expect(stored).toMatchObject({ materializer: 'table', meta: { rows: 2 } })
  expect(await loadValue(stored, { store })).toEqual(new Table(['a', 'b']))
  const shared = new Table(['x'])
  const loaded = (await roundTrip({ first: shared, all: new Map([['k', [shared]]]) }, store)) as {
    first: Table
    all: Map<string, Table[]>
  }
  expect(loaded.first).toEqual(shared)
  expect(loaded.all.get('k')?.[0]).toBe(loaded.first)
})

test('as an input it counts by its bytes', async () => {
  const store = await testStore()
  const encode = async (value: unknown): Promise<string> =>
    (await encodeInput(value, { store, keyOf: (sha256) => `inputs/${sha256}` })).digest
  expect(await encode({ t: new Table(['a']) })).toBe(await encode({ t: new Table(['a']) }))
  expect(await encode({ t: new Table(['a']) })).not.toBe(await encode({ t: new Table(['b']) }))
})

test('parts are stored below the key, and verified when they are read', async () => {
  class Pair {
    readonly left: string
    constructor(left: string) {
      this.left = left
    }
  }
  const sha256 = 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'
  registerMaterializer<Pair>({
    name: 'pair',
    accepts: (value): value is Pair => value instanceof Pair,
    save: async ({ left }) => ({ body: Buffer.from('{}'), parts: [{ name: 'left', body: Buffer.from(left) }] }),
    load: async (read) => {
      let left = ''
      for await (const chunk of read.part('left', { sha256, size: 1 })) left += Buffer.from(chunk).toString()
      return new Pair(left)
    },
  })
  const store = await testStore()
  const stored = await saveValue(new Pair('a'), { store, key: 'outputs/value' })
  expect(await loadValue(stored, { store })).toEqual(new Pair('a'))
  await store.put('outputs/value.files/left', Buffer.from('b'))
  await expect(loadValue(stored, { store })).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' })
})

test('the last one registered is asked first', async () => {
  registerMaterializer<Table>({ ...table, name: 'better-table' })
  expect((await save(new Table([]), await testStore())).materializer).toBe('better-table')
})

test('the same object twice is fine; another one of the same name, or of a built-in one, is an error', () => {
  registerMaterializer(table)
  for (const name of ['table', 'json', 'rich', 'structure', 'bytes', 'typed-array', 'stream', 'file', 'folder', '']) {
    expect(thrownBy(() => registerMaterializer({ ...table, name }))).toMatchObject({
      code: 'CONFIG_INVALID',
      kind: 'config',
    })
  }
})

test('two copies of the package share one registry', async () => {
  // The same module by another name is a second evaluation of it.
  const specifier: string = '../../src/artifact/materializer.ts?copy'
  const copy = (await import(specifier)) as typeof import('../../src/artifact/materializer.ts')
  expect(copy.registerMaterializer).not.toBe(registerMaterializer)
  class Other {}
  const other: Materializer<Other> = {
    ...table,
    name: 'other',
    accepts: (value): value is Other => value instanceof Other,
    save: async () => ({ body: Buffer.from('') }),
    load: async () => new Other(),
  }
  copy.registerMaterializer(other)
  registerMaterializer(other)
  expect(await roundTrip(new Other(), await testStore())).toBeInstanceOf(Other)
  expect(thrownBy(() => registerMaterializer({ ...other })).code).toBe('CONFIG_INVALID')
})
