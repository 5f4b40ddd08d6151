// pnpm docs:api: writes the API reference to tools/docs-api/dist, and says what has no doc comment.
import { join, relative } from 'node:path'
import { readReference } from './reference.ts'

const folder = join(import.meta.dirname, '../dist')
const reference = await readReference()
await reference.write(folder)
console.log(`${relative(process.cwd(), join(folder, 'index.html'))} is written`)
for (const problem of reference.problems) console.error(problem)
if (reference.problems.length > 0) process.exitCode = 1
