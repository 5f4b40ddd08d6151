// pnpm docs:generate writes the generated sections of the pages; with --check it says which are not current.
import { writeFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { generatePages } from './pages.ts'

const stale = (await generatePages()).filter(({ is, shouldBe }) => is !== shouldBe)
const check = process.argv.includes('--check')
for (const { file, shouldBe } of stale) {
  if (!check) await writeFile(file, shouldBe)
  console.log(`${relative(process.cwd(), file)} ${check ? 'is not current: pnpm docs:generate' : 'is written'}`)
}
if (check && stale.length > 0) process.exitCode = 1
