import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { beforeAll, expect, test } from 'vitest'

import { createArtifact } from '../../src/artifact/artifact.ts'
import type { ArtifactStore } from '../../src/artifact/artifact-store.ts'
import { folderAt } from '../../src/artifact/folder.ts'
import { cacheKey, partKey } from '../../src/artifact/layout.ts'
import { registerMaterializer } from '../../src/artifact/materializer.ts'
import { saveValue } from '../../src/artifact/save-value.ts'
import { readCache, writeCache, type CachedOutputs } from '../../src/pipeline/cache.ts'
import { FolderStore } from '../support/folder-store.ts'

const { signal } = new AbortController()

class Pair {
  readonly words: readonly string[]
  constructor(words: readonly string[]) {
    this.words = words
  }
}

beforeAll(() =>
  registerMaterializer<Pair>({
    name: 'pair-for-tests',
    accepts: (value): value is Pair => value instanceof Pair,
    save: async ({ words }) => ({
      body: Buffer.from('pair'),
      parts: words.map((word, index) => ({ name: `word-${index}`, body: Buffer.from(word) })),
    }),
    load: async () => new Pair([]),
  }),
)

async function cached(value: unknown, store: ArtifactStore): Promise<CachedOutputs> {
  const outputs = { value: await saveValue(value, { store, key: 'out/value', artifacts: 'refer' }) }
  await writeCache('k', outputs, { store, signal })
  expect(await readCache('k', { store, signal })).toEqual(outputs)
  return outputs
}

test('plain data', async () => {
  await using store = await FolderStore.temporary()
  expect(await readCache('k', { store, signal })).toBeUndefined()
  await cached({ a: 1 }, store)
  await store.delete('out/value')
  expect(await readCache('k', { store, signal })).toBeUndefined()
})

test('a folder whose file is gone, or was cut, is a miss', async () => {
  await using store = await FolderStore.temporary()
  const folder = await mkdtemp(join(tmpdir(), 'sidestep-cache-'))
  await mkdir(join(folder, 'deep'))
  await writeFile(join(folder, 'a.txt'), 'A')
  await writeFile(join(folder, 'deep/b.txt'), 'B')
  await cached(folderAt(folder), store)
  await store.put(partKey('out/value', 'deep/b.txt'), Buffer.from(''))
  expect(await readCache('k', { store, signal })).toBeUndefined()
  await cached(folderAt(folder), store)
  await store.delete(partKey('out/value', 'a.txt'))
  expect(await readCache('k', { store, signal })).toBeUndefined()
  await rm(folder, { recursive: true, maxRetries: 5 })
})

test("a part of a user's materializer that is gone is a miss", async () => {
  await using store = await FolderStore.temporary()
  await cached(new Pair(['one', 'two']), store)
  await store.delete(partKey('out/value', 'word-1'))
  expect(await readCache('k', { store, signal })).toBeUndefined()
})

test('what a structure refers to is a part of it, wherever it lies', async () => {
  await using store = await FolderStore.temporary()
  const elsewhere = createArtifact(await saveValue('a model', { store, key: 'other/step' }), store)
  await cached({ model: elsewhere, weights: new Float64Array(200_000) }, store)
  await store.delete('other/step')
  expect(await readCache('k', { store, signal })).toBeUndefined()
})

test.each(['{ half', '[]', '{"outputs":{"value":1},"parts":{}}', '{"outputs":{}}'])(
  'a damaged record is an error that names it: %s',
  async (text) => {
    await using store = await FolderStore.temporary()
    await store.put(cacheKey('k'), Buffer.from(text))
    await expect(readCache('k', { store, signal })).rejects.toMatchObject({
      code: 'ARTIFACT_CORRUPT',
      message: expect.stringContaining(cacheKey('k')),
    })
  },
)
