import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { SidestepError } from '../../src/errors.ts'
import { readFlavorSources, readProjectFile } from '../../src/project/project-file.ts'

let folder: string
let path: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sidestep-sources-'))
  path = join(folder, 'sidestep.yaml')
})
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

/** What is read, or what is said about a file that cannot be. */
async function outcome(reading: Promise<unknown>): Promise<unknown> {
  try {
    return await reading
  } catch (error) {
    if (!SidestepError.isInstance(error)) throw error
    return { code: error.code, message: error.message, hint: error.hint }
  }
}

/** The same key in several spellings. */
const keys = fc.constantFrom(
  'flavors:',
  '"flavors":',
  "'flavors' :",
  '"\\x66lavors":',
  '"fl\\u0061vors":',
  '"flav\\\n  ors":',
  '? flavors\n:',
  '!!str flavors:',
  '&a flavors:',
)
const values = fc.constantFrom(
  ' { step_operator: { mine: ./a.ts#A } }',
  '\n  step_operator:\n    mine: package#b\n  artifact_store: {}',
  ' { step_operator: { mine: 1 } }',
  ' []',
  '',
)
const others = fc.constantFrom(
  '',
  '# flavors: none\n',
  'components: { step_operator: { here: { flavor: local } } }\n',
  'stacks: {}\n',
  '\ufeff',
  '%YAML 1.2\n---\n',
)

test('the flavors of a file are those that the whole file has, however their key is written', async () => {
  const texts = fc.record({ before: others, key: keys, value: values, after: others })
  await fc.assert(
    fc.asyncProperty(texts, async ({ before, key, value, after }) => {
      writeFileSync(path, `${before}${key}${value}\n${after}`)
      const whole = await outcome(readProjectFile(path).then(({ flavors }) => flavors))
      expect(await outcome(readFlavorSources(path))).toEqual(whole)
    }),
    { numRuns: 300 },
  )
})

test('what registers no flavor has none, and what cannot be read is refused alike', async () => {
  writeFileSync(path, 'components: { step_operator: { here: { flavor: local } } }\n')
  expect(await readFlavorSources(path)).toBeUndefined()
  for (const flavors of Object.values((await readProjectFile(path)).flavors)) expect(flavors).toEqual({})
  writeFileSync(path, Uint8Array.of(0xff, 0xfe, 0x61, 0))
  expect(await outcome(readFlavorSources(path))).toEqual(await outcome(readProjectFile(path)))
  const missing = join(folder, 'none.yaml')
  expect(await outcome(readFlavorSources(missing))).toEqual(await outcome(readProjectFile(missing)))
})
