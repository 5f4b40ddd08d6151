import { expect, test } from 'vitest'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { repositoryRoot } from '../src/repository.ts'
import { writeTree } from './tree.ts'

const oxlint = join(repositoryRoot, 'node_modules/.bin/oxlint')

test('the lint rules catch floating promises and packages for tests in sources', async () => {
  const folder = writeTree({
    '.oxlintrc.json': readFileSync(join(repositoryRoot, '.oxlintrc.json'), 'utf8'),
    'tsconfig.json': { compilerOptions: { strict: true, module: 'nodenext' } },
    'packages/x/src/floating.ts': 'async function f(): Promise<void> {}\nf()\n',
    'packages/x/src/imports.ts': "export { suite } from '@sidestep/conformance'\n",
    'packages/x/src/fine.ts': 'export const fine = 1\n',
    'packages/x/test/imports.ts': "export { suite } from '@sidestep/conformance'\n",
  })
  const output = await promisify(execFile)(oxlint, ['--format', 'unix'], { cwd: folder }).then(
    () => 'nothing found',
    (error: { readonly stdout: string }) => error.stdout,
  )
  const found = output.matchAll(/^(packages\S+?):.*\[Error\/(.*)\]$/gm)
  expect([...found].map(([, file, rule]) => `${file} ${rule}`).toSorted()).toEqual([
    'packages/x/src/floating.ts typescript(no-floating-promises)',
    'packages/x/src/imports.ts eslint(no-restricted-imports)',
  ])
})
