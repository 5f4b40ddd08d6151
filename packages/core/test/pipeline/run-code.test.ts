import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import { checkSameCode, codeOfFiles } from '../../src/pipeline/run-code.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidestep-code-'))
})
afterEach(async () => rm(folder, { recursive: true, maxRetries: 5 }))

test('the same files are the same code, wherever they lie', async () => {
  const module = join(folder, 'pipeline.ts')
  await writeFile(module, 'export const a = 1\n')
  const code = await codeOfFiles([module], folder)
  expect(code.sources).toContainEqual(['pipeline.ts', expect.stringMatching(/^[0-9a-f]{64}$/)])
  checkSameCode('r', code, await codeOfFiles([module], folder))
})

test('what was changed, added and removed is listed', () => {
  const before = {
    version: 1,
    sources: [
      ['a.ts', '1'],
      ['b.ts', '2'],
      ['c.ts', '3'],
    ],
  } as const
  const now = {
    version: 1,
    sources: [
      ['a.ts', '1'],
      ['b.ts', '9'],
      ['d.ts', '4'],
    ],
  } as const
  expect(() => checkSameCode('r', before, now)).toThrow(
    expect.objectContaining({
      code: 'CODE_CHANGED',
      kind: 'config',
      message: expect.stringContaining('  changed  b.ts\n  added    d.ts\n  removed  c.ts') as string,
    }),
  )
})

test('a file that is not there any more has been removed', async () => {
  const module = join(folder, 'pipeline.ts')
  await writeFile(module, 'export const a = 1\n')
  const before = await codeOfFiles([module], folder)
  await rm(module)
  const now = await codeOfFiles([module], folder)
  expect(() => checkSameCode('r', before, now)).toThrow(/removed {2}pipeline\.ts/)
})
