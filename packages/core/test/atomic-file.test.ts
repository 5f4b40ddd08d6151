import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { createFile, replaceFile } from '../src/atomic-file.ts'

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sidestep-files-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('half')
  throw new Error('the source broke')
}

test('of many that create a file one does, and its text stays', async () => {
  const folder = await newFolder()
  const path = join(folder, 'decision')
  const created = await Promise.all(Array.from({ length: 20 }, (_, index) => createFile(path, `text ${index}`)))
  expect(created.filter(Boolean)).toHaveLength(1)
  expect(await readFile(path, 'utf8')).toBe(`text ${created.indexOf(true)}`)
  expect(await readdir(folder)).toEqual(['decision'])
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test('a file is replaced as a whole, or stays as it was', async () => {
  const folder = await newFolder()
  const path = join(folder, 'state')
  expect(await replaceFile(path, 'one')).toBe(3)
  expect(await replaceFile(path, 'other')).toBe(5)
  await expect(replaceFile(path, failing())).rejects.toThrow('the source broke')
  await expect(createFile(join(folder, 'new'), failing())).rejects.toThrow('the source broke')
  expect(await readFile(path, 'utf8')).toBe('other')
  expect(await readdir(folder)).toEqual(['state'])
})
