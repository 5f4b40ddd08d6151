import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { pruneKept } from '../../src/builder/prune-kept.ts'
import { temporaryFolder } from './support.ts'

const HOUR_MS = 3_600_000

test('the oldest files go, but for those of the last hour and what others are at', async () => {
  const home = await temporaryFolder()
  const folder = join(home, 'images/documents')
  await mkdir(folder, { recursive: true })
  const write = async (name: string, ageMs: number): Promise<void> => {
    const at = new Date(Date.now() - ageMs)
    await writeFile(join(folder, name), '')
    await utimes(join(folder, name), at, at)
  }
  await write('a', 4 * HOUR_MS)
  await write('b', 3 * HOUR_MS)
  await write('c', 2 * HOUR_MS)
  await write('d', 0)
  await write('a.lease', 9 * HOUR_MS)
  await write('a.partial-1', 9 * HOUR_MS)
  // Of four folders one is there.
  await pruneKept(home)
  expect(await readdir(folder)).toHaveLength(6)
  await pruneKept(home, { count: 2 })
  expect((await readdir(folder)).sort()).toEqual(['a.lease', 'a.partial-1', 'c', 'd'])
  await pruneKept(home, { count: 0 })
  expect((await readdir(folder)).sort()).toEqual(['a.lease', 'a.partial-1', 'd'])
})
