import { readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { expect, test } from 'vitest'

import { createArtifact } from '../../src/artifact/artifact.ts'
import { fileAt, type StoredFile } from '../../src/artifact/file.ts'
import { folderAt, type Folder } from '../../src/artifact/folder.ts'
import { loadValue } from '../../src/artifact/load-value.ts'
import type { StoredValue } from '../../src/artifact/stored-value.ts'
import { FolderStore } from '../support/folder-store.ts'
import { bytesFrom, errorOf, save, testFolder, testStore } from '../support/values.ts'

/** Everything of a value: what is read lazily, too. */
async function readAll(stored: StoredValue, store: FolderStore): Promise<void> {
  const value = await loadValue(stored, { store })
  if (value instanceof ReadableStream) await bytesFrom(value)
  if (stored.materializer === 'file') await (value as StoredFile).read()
  if (stored.materializer === 'folder') for (const file of (value as Folder).files) await (value as Folder).read(file)
}

async function valueOf(materializer: string): Promise<unknown> {
  const folder = await testFolder()
  await writeFile(join(folder, 'a.txt'), 'the text')
  const values: Record<string, unknown> = {
    json: { a: [1, 'b'] },
    rich: { a: new Date(0) },
    bytes: Buffer.from('the bytes'),
    'typed-array': new Float32Array([1, 2, 3]),
    stream: ReadableStream.from([Buffer.from('the stream')]),
    file: fileAt(join(folder, 'a.txt')),
    folder: folderAt(folder),
    structure: { file: fileAt(join(folder, 'a.txt')) },
  }
  return values[materializer]
}

const MATERIALIZERS = ['json', 'rich', 'bytes', 'typed-array', 'stream', 'file', 'folder', 'structure']

test.each(MATERIALIZERS)('%s: changed, cut, longer and deleted bytes are noticed', async (materializer) => {
  const store = await testStore()
  const stored = await save(await valueOf(materializer), store)
  expect(stored.materializer).toBe(materializer)
  await readAll(stored, store)
  const path = store.pathOf(stored.key)
  const bytes = await readFile(path)
  const flipped = Buffer.from(bytes)
  flipped[bytes.length >> 1]! ^= 1
  for (const damaged of [
    flipped,
    bytes.subarray(1),
    bytes.subarray(0, -1),
    Buffer.alloc(0),
    Buffer.concat([bytes, bytes]),
  ]) {
    await writeFile(path, damaged)
    const error = await errorOf(readAll(stored, store))
    expect(error).toMatchObject({ code: 'ARTIFACT_CORRUPT', kind: 'infra' })
    expect(error.message).toContain(`${store.uri}/${stored.key}`)
    expect(error.message).toContain(stored.sha256)
  }
  await store.delete(stored.key)
  const error = await errorOf(readAll(stored, store))
  expect(error).toMatchObject({ code: 'ARTIFACT_MISSING', kind: 'infra' })
  expect(error.message).toContain(`${store.uri}/${stored.key}`)
})

test.each(['folder', 'structure'])('%s: its parts are verified too', async (materializer) => {
  const store = await testStore()
  const stored = await save(await valueOf(materializer), store)
  const key = `${stored.key}.files/${materializer === 'folder' ? 'a.txt' : '0'}`
  const read = async (): Promise<unknown> => {
    const value = (await loadValue(stored, { store })) as Folder & { file: StoredFile }
    return materializer === 'folder' ? value.read('a.txt') : value.file.read()
  }
  await writeFile(store.pathOf(key), 'the tezt')
  const error = await errorOf(read())
  expect(error.code).toBe('ARTIFACT_CORRUPT')
  expect(error.message).toContain(`${store.uri}/${key}`)
  await store.delete(key)
  expect((await errorOf(read())).code).toBe('ARTIFACT_MISSING')
})

test('an object that is far too long is given up at the first byte too many', async () => {
  class LongStore extends FolderStore {
    protected override async readObject(): Promise<AsyncIterable<Uint8Array>> {
      return (async function* long() {
        for (let n = 0; n < 100_000; n += 1) yield Buffer.alloc(10)
      })()
    }
  }
  const { config } = await testStore()
  const stored: StoredValue = { key: 'a', sha256: 'a'.repeat(64), size: 25, materializer: 'bytes' }
  const error = await errorOf(loadValue(stored, { store: new LongStore(config) }))
  expect(error.code).toBe('ARTIFACT_CORRUPT')
  expect(error.message).toContain('more than 25 B')
})

test('the record of a structure cannot be exchanged unnoticed', async () => {
  const store = await testStore()
  const other = await save('other', store)
  const stored = await save(await valueOf('structure'), store)
  for (const inner of [[], [other], [...(stored.meta as { inner: StoredValue[] }).inner, other]]) {
    expect((await errorOf(loadValue({ ...stored, meta: { inner } }, { store }))).code).toBe('ARTIFACT_CORRUPT')
  }
})

test('a copy of damaged bytes is never left at its place', async () => {
  const store = await testStore()
  const stored = await save(await valueOf('file'), store)
  const file = (await loadValue(stored, { store })) as StoredFile
  await writeFile(store.pathOf(stored.key), 'the tezt')
  const path = join(await testFolder(), 'copy')
  await writeFile(path, 'the old one')
  expect((await errorOf(file.writeTo(path))).code).toBe('ARTIFACT_CORRUPT')
  expect(await readFile(path, 'utf8')).toBe('the old one')
  expect(await readdir(dirname(path))).toEqual(['copy'])
})

test('a value of an unknown materializer says what to register', async () => {
  const store = await testStore()
  const stored: StoredValue = { key: 'outputs/value', sha256: 'a'.repeat(64), size: 1, materializer: 'data-frame' }
  const error = await errorOf(loadValue(stored, { store }))
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', kind: 'config' })
  expect(error.message).toContain('"data-frame"')
  expect(error.hint).toContain('registerMaterializer()')
})

test('an artifact reads its value, and knows where it lies', async () => {
  const store = await testStore()
  const stored = await save({ a: new Date(0) }, store)
  const artifact = createArtifact<{ a: Date }>(stored, store)
  expect(artifact.uri).toBe(`${store.uri}/${stored.key}`)
  expect((await artifact.value()).a).toEqual(new Date(0))
  await store.delete(stored.key)
  expect((await errorOf(artifact.value())).code).toBe('ARTIFACT_MISSING')
})

test('an aborted signal ends the reading with its reason', async () => {
  const store = await testStore()
  const reason = new Error('enough')
  const stored = await save(Buffer.alloc(10), store)
  await expect(loadValue(stored, { store, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  const abort = new AbortController()
  const lazy = (await loadValue(await save(ReadableStream.from([Buffer.alloc(10)]), store), {
    store,
    signal: abort.signal,
  })) as ReadableStream<Uint8Array>
  abort.abort(reason)
  await expect(bytesFrom(lazy)).rejects.toBe(reason)
})
