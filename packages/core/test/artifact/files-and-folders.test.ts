import { appendFileSync, utimesSync, writeFileSync } from 'node:fs'
import { chmod, mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import fc from 'fast-check'
import { expect, test } from 'vitest'

import type { Body } from '../../src/artifact/artifact-store.ts'
import { fileAt, type StoredFile } from '../../src/artifact/file.ts'
import { folderAt, type Folder } from '../../src/artifact/folder.ts'
import { encodeFolderIndex, decodeFolderIndex } from '../../src/artifact/folder-index.ts'
import { loadValue } from '../../src/artifact/load-value.ts'
import { saveValue } from '../../src/artifact/save-value.ts'
import { FolderStore } from '../support/folder-store.ts'
import { all, bytesFrom, errorOf, roundTrip, save, testFolder, testStore, thrownBy } from '../support/values.ts'

const keyOf = (sha256: string): string => `inputs/${sha256}`

/** Files by relative path. */
async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await testFolder()
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return folder
}

test('a file comes back with its name, size, bytes and mode', async () => {
  const store = await testStore()
  const folder = await folderWith({ 'run.sh': '#!/bin/sh\n' })
  const path = join(folder, 'run.sh')
  await chmod(path, 0o755)
  const loaded = (await roundTrip(fileAt(path), store)) as StoredFile
  expect(loaded).toMatchObject({ name: 'run.sh', size: 10 })
  expect(Buffer.from(await loaded.read()).toString()).toBe('#!/bin/sh\n')
  expect((await bytesFrom(loaded.stream())).toString()).toBe('#!/bin/sh\n')
  const copy = join(folder, 'new/folder/copy.sh')
  await loaded.writeTo(copy)
  expect(await readFile(copy, 'utf8')).toBe('#!/bin/sh\n')
  expect((await stat(copy)).mode & 0o111).toBe(0o111 & ~process.umask())
  await loaded.writeTo(copy)
  expect(await readdir(join(folder, 'new/folder'))).toEqual(['copy.sh'])
})

test('a file of this machine is read in the same ways', async () => {
  const file = fileAt(join(await folderWith({ 'a.txt': 'text' }), 'a.txt'))
  expect(file).toMatchObject({ name: 'a.txt', size: 4 })
  expect(Buffer.from(await file.read()).toString()).toBe('text')
})

test('there is no such file, or it is a folder', async () => {
  const folder = await testFolder()
  expect(thrownBy(() => fileAt(join(folder, 'none'))).message).toContain('none does not exist')
  expect(thrownBy(() => fileAt(folder)).hint).toContain('folderAt(path)')
  expect(thrownBy(() => folderAt(join(folder, 'none'))).message).toContain('none is not a folder')
})

test('a stored file that goes on is not copied; to another store it is', async () => {
  const [store, other] = [await testStore(), await testStore()]
  const stored = await save(fileAt(join(await folderWith({ 'a.txt': 'text' }), 'a.txt')), store)
  const loaded = await loadValue(stored, { store })
  expect(await saveValue(loaded, { store, key: keyOf })).toEqual(stored)
  expect((await all(store.list(''))).length).toBe(1)
  const moved = await saveValue(loaded, { store: other, key: 'outputs/value' })
  expect(moved).toEqual({ ...stored, key: 'outputs/value' })
  expect(Buffer.from((await other.get('outputs/value')) ?? []).toString()).toBe('text')
})

test('a folder comes back file by file', async () => {
  const store = await testStore()
  const folder = await folderWith({ 'b/c/d.txt': 'd', 'a.txt': 'a', 'b/x': 'x' })
  await chmod(join(folder, 'b/x'), 0o700)
  const stored = await saveValue(folderAt(folder), { store, key: 'outputs/model' })
  expect((await all(store.list('outputs/model.files/'))).map(({ key }) => key).toSorted()).toEqual(
    ['a.txt', 'b/c/d.txt', 'b/x'].map((path) => `outputs/model.files/${path}`),
  )
  const loaded = (await loadValue(stored, { store })) as Folder
  expect(loaded.files).toEqual(['a.txt', 'b/c/d.txt', 'b/x'])
  expect(Buffer.from(await loaded.read('b/c/d.txt')).toString()).toBe('d')
  const error = await errorOf(loaded.read('b/none'))
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', kind: 'config' })
  const copy = join(await testFolder(), 'copy')
  await loaded.writeTo(copy)
  expect(await readFile(join(copy, 'b/c/d.txt'), 'utf8')).toBe('d')
  expect((await stat(join(copy, 'b/x'))).mode & 0o100).toBe(0o100)
  expect((await stat(join(copy, 'a.txt'))).mode & 0o100).toBe(0)
  expect(folderAt(copy).files).toEqual(loaded.files)
})

test("a folder's hash is its content's: not of the place, the order of writing or the times", async () => {
  const store = await testStore()
  const first = await folderWith({ 'a.txt': 'a', 'b/c': 'c' })
  const second = await folderWith({ 'b/c': 'c', 'a.txt': 'a' })
  utimesSync(join(second, 'a.txt'), 1, 1)
  const stored = await saveValue(folderAt(first), { store, key: keyOf })
  expect(await saveValue(folderAt(second), { store, key: keyOf })).toEqual(stored)
  expect((await save(folderAt(second), store)).sha256).toBe(stored.sha256)
  await chmod(join(second, 'a.txt'), 0o755)
  expect((await save(folderAt(second), store)).sha256).not.toBe(stored.sha256)
})

test('an empty folder is a folder', async () => {
  const loaded = (await roundTrip(folderAt(await testFolder()), await testStore())) as Folder
  expect(loaded.files).toEqual([])
  const copy = join(await testFolder(), 'copy')
  await loaded.writeTo(copy)
  expect(await readdir(copy)).toEqual([])
})

test('the order is that of the paths, not that of walking through the folders', async () => {
  const folder = folderAt(await folderWith({ 'b/x': '', 'b.txt': '', 'b-1/y': '', B: '' }))
  expect(folder.files).toEqual(['B', 'b-1/y', 'b.txt', 'b/x'])
})

test('links within the folder are followed', async () => {
  const folder = await folderWith({ 'blobs/1': 'weights', 'blobs/2': 'tokens' })
  await mkdir(join(folder, 'snapshots'))
  await symlink('../blobs/1', join(folder, 'snapshots/model.bin'))
  await symlink('blobs', join(folder, 'linked'))
  const loaded = (await roundTrip(folderAt(folder), await testStore())) as Folder
  expect(loaded.files).toEqual(['blobs/1', 'blobs/2', 'linked/1', 'linked/2', 'snapshots/model.bin'])
  expect(Buffer.from(await loaded.read('snapshots/model.bin')).toString()).toBe('weights')
})

test.each([
  ['out of the folder', '/etc/hostname', 'outside of the folder'],
  ['to the folder beside it', '../', 'outside of the folder'],
  ['to nothing', 'none', 'link to nothing'],
  ['back to itself', '.', 'a link to a folder that it lies in'],
])('a link %s is an error', async (_what, target, message) => {
  const folder = await folderWith({ 'a.txt': 'a' })
  await symlink(target, join(folder, 'link'))
  const error = await errorOf(save(folderAt(folder), await testStore()))
  expect(error.code).toBe('VALUE_NOT_STORABLE')
  expect(error.message).toContain(`${join(folder, 'link')} is`)
  expect(error.message).toContain(message)
})

test('a file that grows while it is stored is noticed', async () => {
  const store = await testStore()
  const path = join(await folderWith({ 'big.bin': 'x'.repeat(3 * 2 ** 20) }), 'big.bin')
  for (const key of ['outputs/value', keyOf]) {
    const file = fileAt(path)
    const growing = new MeddlingStore(store.config, () => appendFileSync(path, 'more'))
    const error = await errorOf(saveValue(file, { store: growing, key }))
    expect(error).toMatchObject({ code: 'VALUE_NOT_STORABLE', kind: 'step' })
    expect(error.message).toContain('changed while it was being read')
  }
  expect(await all(store.list(''))).toEqual([])
})

test('a file that is rewritten between hashing and storing is noticed', async () => {
  const store = await testStore()
  const path = join(await folderWith({ 'a.txt': 'old text' }), 'a.txt')
  const rewriting = new MeddlingStore(
    store.config,
    () => undefined,
    () => writeFileSync(path, 'new text'),
  )
  const error = await errorOf(saveValue(fileAt(path), { store: rewriting, key: keyOf }))
  expect(error.message).toContain('changed while it was being read')
  expect(await all(store.list(''))).toEqual([])
})

test('a file of a folder that is rewritten between hashing and storing is noticed', async () => {
  const store = await testStore()
  const folder = await folderWith({ 'a.txt': 'old text' })
  const rewriting = new MeddlingStore(
    store.config,
    () => undefined,
    () => writeFileSync(join(folder, 'a.txt'), 'new text'),
  )
  const error = await errorOf(saveValue(folderAt(folder), { store: rewriting, key: 'outputs/value' }))
  expect(error.message).toContain('a.txt changed while it was being read')
  expect(await all(store.list(''))).toEqual([])
})

test('an index whose paths lead out of the folder is refused', () => {
  const entry = { size: 0, sha256: 'a'.repeat(64) }
  for (const path of ['../x', '/x', 'a/../../x', 'a//b', '', 'a\0']) {
    expect(thrownBy(() => decodeFolderIndex(encodeFolderIndex([{ path, ...entry }]), 'the index')).code).toBe(
      'ARTIFACT_CORRUPT',
    )
  }
  const entries = [{ path: 'a/..b/c', ...entry, executable: true as const }]
  expect(decodeFolderIndex(encodeFolderIndex(entries), 'the index')).toEqual(entries)
})

test('any tree of files comes back', async () => {
  const store = await testStore()
  const part = fc.stringMatching(/^[a-zé .\\-]{1,6}$/).filter((name) => name !== '.' && name !== '..')
  const tree = fc.dictionary(
    fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
    fc.string(),
    {
      maxKeys: 5,
      noNullPrototype: true,
    },
  )
  await fc.assert(
    fc.asyncProperty(tree, async (files) => {
      const paths = Object.keys(files)
      fc.pre(!paths.some((path) => paths.some((other) => other.startsWith(`${path}/`))))
      const loaded = (await roundTrip(folderAt(await folderWith(files)), store)) as Folder
      expect(loaded.files).toEqual(paths.toSorted())
      for (const path of paths) expect(Buffer.from(await loaded.read(path)).toString()).toBe(files[path])
    }),
    { numRuns: 30 },
  )
})

/** While it stores a stream, something happens: after the first chunk, or before it. */
class MeddlingStore extends FolderStore {
  readonly #afterFirst: () => void
  readonly #before: () => void

  constructor(config: { readonly folder: string }, afterFirst: () => void, before: () => void = () => undefined) {
    super(config)
    this.#afterFirst = afterFirst
    this.#before = before
  }

  protected override async putObject(key: string, body: Body): Promise<number> {
    this.#before()
    return super.putObject(key, body instanceof Uint8Array ? body : this.#meddleWith(body))
  }

  async *#meddleWith(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let first = true
    for await (const chunk of body) {
      yield chunk
      if (first) this.#afterFirst()
      first = false
    }
  }
}
