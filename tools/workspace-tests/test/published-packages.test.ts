import { expect, test } from 'vitest'
import { published } from '../src/package-rules.ts'
import { publishedPackageProblems } from '../src/published-packages.ts'
import { listWorkspaces, repositoryRoot, type Manifest } from '../src/repository.ts'
import { writeTree } from './tree.ts'

test.each(published(listWorkspaces(repositoryRoot)))('$path can be published', (workspace) => {
  expect(publishedPackageProblems(repositoryRoot, workspace)).toEqual([])
})

const good: Manifest = {
  name: '@sidestep/x',
  version: '0.1.0',
  license: 'Apache-2.0',
  type: 'module',
  sideEffects: false,
  files: ['dist', 'src'],
  engines: { node: '>=22.18' },
  bin: { x: './src/bin.ts' },
  exports: { '.': './src/index.ts', './package.json': './package.json' },
  publishConfig: {
    access: 'public',
    bin: { x: './dist/bin.js' },
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './package.json': './package.json',
    },
  },
}

test('refuses a manifest that leaves something out', () => {
  const root = writeTree({ 'p/package.json': good, 'p/src/index.ts': '', 'p/src/bin.ts': '' })
  const problemsOf = (manifest: Manifest): string[] => publishedPackageProblems(root, { path: 'p', manifest })
  expect(problemsOf(good)).toEqual([])
  expect(problemsOf({ name: '@sidestep/x', private: true })).toEqual([
    'p: is private',
    'p: has no version',
    'p: license must be Apache-2.0',
    'p: type must be module',
    'p: sideEffects must be false',
    'p: files must be dist and src',
    'p: engines.node must be >=22.18',
    'p: publishConfig.access must be public',
  ])
  expect(problemsOf({ ...good, exports: { ...good.exports, './job': './src/job.ts' } })).toEqual([
    'p: ./job is missing: ./src/job.ts',
    'p: publishConfig of ./job must be {"types":"./dist/job.d.ts","default":"./dist/job.js"}',
  ])
})
