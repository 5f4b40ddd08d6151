import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { fileAt } from '../../src/artifact/file.ts'
import { folderAt } from '../../src/artifact/folder.ts'
import { loadValue } from '../../src/artifact/load-value.ts'
import { storePath, writeStoredValue } from '../../src/artifact/stored-path.ts'
import { errorOf, save, testFolder, testStore } from '../support/values.ts'

test.each([
  ['json', { b: 1, a: [2] }, '{"b":1,"a":[2]}'],
  ['rich', undefined, '-1'],
  ['bytes', Buffer.from([0, 255]), '\0\xff'],
  ['typed-array', new Uint16Array([258]), '\x02\x01'],
  ['stream', ReadableStream.from([Buffer.from('text')]), 'text'],
])('%s is a file with its bytes for a command', async (materializer, value, expected) => {
  const [store, folder] = [await testStore(), await testFolder()]
  const stored = await save(value, store)
  expect(stored.materializer).toBe(materializer)
  await writeStoredValue(stored, store, join(folder, 'inputs/data'))
  expect(await readFile(join(folder, 'inputs/data'), 'latin1')).toBe(expected)
})

test('files and folders for a command keep their modes', async () => {
  const [store, folder] = [await testStore(), await testFolder()]
  await mkdir(join(folder, 'tools/bin'), { recursive: true })
  await writeFile(join(folder, 'tools/bin/run'), 'run')
  await chmod(join(folder, 'tools/bin/run'), 0o755)
  await writeStoredValue(await save(fileAt(join(folder, 'tools/bin/run')), store), store, join(folder, 'in/run'))
  await writeStoredValue(await save(folderAt(join(folder, 'tools')), store), store, join(folder, 'in/tools'))
  for (const path of ['in/run', 'in/tools/bin/run']) {
    expect(await readFile(join(folder, path), 'utf8')).toBe('run')
    expect((await stat(join(folder, path))).mode & 0o100).toBe(0o100)
  }
})

test('damaged bytes, and values that are not one file, do not reach the command', async () => {
  const [store, folder] = [await testStore(), await testFolder()]
  const stored = await save('text', store)
  await store.put(stored.key, Buffer.from('"tezt"'))
  expect((await errorOf(writeStoredValue(stored, store, join(folder, 'a')))).code).toBe('ARTIFACT_CORRUPT')
  await writeFile(join(folder, 'file'), 'x')
  const structure = await save({ file: fileAt(join(folder, 'file')) }, store)
  expect((await errorOf(writeStoredValue(structure, store, join(folder, 'b')))).code).toBe('VALUE_NOT_STORABLE')
  await expect(stat(join(folder, 'a'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('what a command left comes back as it was declared', async () => {
  const [store, folder] = [await testStore(), await testFolder()]
  await mkdir(join(folder, 'model'))
  await writeFile(join(folder, 'model/weights'), 'w')
  await writeFile(join(folder, 'report.json'), '{ "accuracy": 0.97 }\n')
  const path = join(folder, 'report.json')
  const load = async (kind: 'file' | 'folder' | 'bytes' | 'json', at: string): Promise<unknown> => {
    const stored = await storePath(at, `outputs/${kind}`, store, kind)
    expect(stored).toMatchObject({ key: `outputs/${kind}`, materializer: kind })
    return loadValue(stored, { store })
  }
  expect(await load('json', path)).toEqual({ accuracy: 0.97 })
  expect(Buffer.from((await load('bytes', path)) as Uint8Array)).toEqual(await readFile(path))
  expect(await load('file', path)).toMatchObject({ name: 'report.json', size: 21 })
  expect(await load('folder', join(folder, 'model'))).toMatchObject({ files: ['weights'] })
})

test('an output that is missing, or not what was declared', async () => {
  const [store, folder] = [await testStore(), await testFolder()]
  await writeFile(join(folder, 'report.json'), '{ "accuracy": NaN }')
  const errors = [
    await errorOf(storePath(join(folder, 'report.json'), 'outputs/a', store, 'json')),
    await errorOf(storePath(join(folder, 'none'), 'outputs/a', store, 'json')),
    await errorOf(storePath(join(folder, 'none'), 'outputs/a', store, 'bytes')),
    await errorOf(storePath(join(folder, 'none'), 'outputs/a', store, 'file')),
    await errorOf(storePath(join(folder, 'report.json'), 'outputs/a', store, 'folder')),
    await errorOf(storePath(folder, 'outputs/a', store, 'bytes')),
  ]
  for (const error of errors) expect(error).toMatchObject({ code: 'VALUE_NOT_STORABLE', kind: 'step' })
  expect(errors[0]?.hint).toContain('NaN')
})
