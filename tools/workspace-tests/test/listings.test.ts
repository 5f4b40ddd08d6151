import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listFiles, repositoryRoot } from '../src/repository.ts'
import { snippetsOf } from '../src/snippets.ts'

/** A listing that is named by a file of the repository is that file, so what a page shows is what is tested. */
test('listings of files of this repository are those files', () => {
  const listings = listFiles(repositoryRoot)
    .filter((file) => file.endsWith('.md'))
    .flatMap((page) => snippetsOf(page, readFileSync(join(repositoryRoot, page), 'utf8')))
    .filter(({ file }) => file?.startsWith('examples/'))
  expect(listings.map(({ file }) => file)).toContain('examples/custom-operator/src/prefix-step-operator.ts')
  for (const { page, line, file = '', text } of listings) {
    const path = join(repositoryRoot, file)
    const content = existsSync(path) ? readFileSync(path, 'utf8') : 'no such file'
    expect(text, `${page}:${line}`).toBe(`// ${file}\n${content}`)
  }
})
