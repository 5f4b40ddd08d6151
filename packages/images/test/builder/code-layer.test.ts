import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { contentOf, listCode } from '../../src/builder/code-layer.ts'
import { project, recipe, signal } from './support.ts'

test('many small files leave others their turn, and an abort is seen', async () => {
  const place = await project()
  await mkdir(join(place.folder, 'many'))
  const text = 'x'.repeat(4000)
  await Promise.all(Array.from({ length: 3000 }, (_, n) => writeFile(join(place.folder, 'many', `${n}`), text)))
  const { files } = await listCode(await recipe(place, 'one', { files: ['many'] }), { filesFolder: '/w', signal })
  expect(files).toHaveLength(3001)

  let turns = 0
  const ticking = setInterval(() => (turns += 1), 1)
  const before = process.cpuUsage()
  await contentOf(files, { signal })
  const { user, system } = process.cpuUsage(before)
  clearInterval(ticking)
  // One every 10 ms. Of the processor: what others on a busy machine take of it is no work of this.
  expect(turns).toBeGreaterThan((user + system) / 1000 / 40)

  const ending = new AbortController()
  setTimeout(() => ending.abort(new Error('enough')), 1)
  await expect(contentOf(files, { signal: ending.signal })).rejects.toThrow('enough')
})
