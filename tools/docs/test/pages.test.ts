import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { generatePages } from '../src/pages.ts'

test('the pages say what the program says: else pnpm docs:generate', { timeout: 60_000 }, async () => {
  const pages = await generatePages()
  for (const { file, is, shouldBe } of pages) expect(is, file).toBe(shouldBe)
  const [reference] = pages
  expect(await readFile(reference?.file ?? '', 'utf8')).toContain('## `sidestep stack register`')
})
