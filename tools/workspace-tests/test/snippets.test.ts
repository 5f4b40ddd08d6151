import { expect, test } from 'vitest'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { listFiles, repositoryRoot } from '../src/repository.ts'
import { compileSnippets, snippetsOf } from '../src/snippets.ts'

const options = {
  folder: join(import.meta.dirname, '../.cache'),
  baseConfig: join(repositoryRoot, 'tsconfig.leaf.json'),
}

test('the TypeScript on the pages of this repository compiles', { timeout: 120_000 }, async () => {
  const pages = listFiles(repositoryRoot).filter(
    (file) => file.endsWith('.md') && !file.startsWith('.') && !file.endsWith('CHANGELOG.md'),
  )
  expect(pages).toContain('README.md')
  const snippets = pages.flatMap((page) => snippetsOf(page, readFileSync(join(repositoryRoot, page), 'utf8')))
  expect(await compileSnippets(snippets, options)).toEqual([])
})

test('finds what is to compile', () => {
  const page = [
    '```ts',
    'const a = 1',
    '```',
    '```ts ignore',
    'not TypeScript',
    '```',
    '- a list',
    '  ```typescript title',
    '  // src/b.ts',
    '    export const b = 2',
    '  ```',
    '````md',
    '```ts',
    'inside of another fence',
    '```',
    '````',
    '```js',
    'const c = 3',
    '```',
  ]
  expect(snippetsOf('page.md', page.join('\n'))).toEqual([
    { page: 'page.md', line: 2, file: undefined, with: undefined, text: 'const a = 1\n' },
    { page: 'page.md', line: 9, file: 'src/b.ts', with: undefined, text: '// src/b.ts\n  export const b = 2\n' },
  ])
})

test('says what does not compile by page and line', { timeout: 120_000 }, async () => {
  const page = [
    '```ts',
    '// pipeline.ts',
    'export const names: string[] = []',
    '```',
    'Text.',
    '```ts',
    "import { names } from './pipeline.ts'",
    'const first: string = names[0]',
    'await Promise.resolve(first)',
    '```',
    '```ts',
    "import { nothing } from '@sidestep/nothing'",
    'const first = 1',
    '```',
    '```ts',
    '// pipeline.ts',
    '```',
  ].join('\n')
  const other = "```ts\nimport './pipeline.ts'\n```"
  const borrows =
    "```ts with=a.md\nimport { names } from './pipeline.ts'\nnames.nothing()\n```\n```ts with=none.md\n```"
  const pages = { 'docs/a.md': page, 'b.md': other, 'docs/c.md': borrows }
  const snippets = Object.entries(pages).flatMap(([name, markdown]) => snippetsOf(name, markdown))
  const problems = await compileSnippets(snippets, options)
  expect(problems).toEqual([
    expect.stringMatching(/^b\.md:2: error TS\d+: Cannot find module .*'\.\/pipeline\.ts'/),
    expect.stringMatching(/^docs\/a\.md:8: error TS2322: Type 'string \| undefined' is not assignable/),
    expect.stringMatching(/^docs\/a\.md:12: error TS2307: Cannot find module '@sidestep\/nothing'/),
    'docs/a.md:16: a second snippet called pipeline.ts',
    expect.stringMatching(/^docs\/c\.md:3: error TS2339: Property 'nothing' does not exist/),
    'docs/c.md:5: docs/none.md has no files',
  ])
})
