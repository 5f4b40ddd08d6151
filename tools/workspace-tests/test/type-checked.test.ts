import { expect, test } from 'vitest'
import { listWorkspaces, repositoryRoot } from '../src/repository.ts'
import { typeCheckProblems } from '../src/type-checked.ts'
import { writeTree } from './tree.ts'

test('all TypeScript of this repository is type-checked', () => {
  expect(typeCheckProblems(repositoryRoot, listWorkspaces(repositoryRoot))).toEqual([])
})

test('finds what the compiler does not see', () => {
  const root = writeTree({
    'pnpm-workspace.yaml': 'packages: [packages/*]',
    'tsconfig.json': { references: [{ path: 'packages/a' }, { path: 'packages/a/test' }] },
    'packages/a/package.json': { name: 'a' },
    'packages/a/tsconfig.json': { include: ['src'] },
    'packages/a/test/tsconfig.json': { include: ['.'] },
    'packages/a/src/a.ts': '',
    'packages/a/test/a.test.ts': '',
    'packages/a/scripts/b.ts': '',
    'packages/a/fixtures/c.ts': '',
    'packages/a/tsdown.config.ts': '',
    'packages/b/package.json': { name: 'b' },
    'packages/b/src/d.ts': '',
    'packages/c/package.json': { name: 'c' },
  })
  expect(typeCheckProblems(root, listWorkspaces(root))).toEqual([
    'packages/a/scripts/b.ts: is in no folder that a project of tsconfig.json includes',
    'packages/b/src/d.ts: is in no folder that a project of tsconfig.json includes',
  ])
})
