import { expect, test } from 'vitest'
import { packagesWithTests, sumCounts } from '../src/sum-counts.ts'
import { repositoryRoot } from '../src/repository.ts'
import { writeTree } from './tree.ts'

test('adds up packages, and counts one that left nothing as a failure', () => {
  const folder = writeTree({
    'sidestep-a.json': { passed: 3, failed: 1, skipped: 2 },
    'sidestep-b.json': { passed: 4, failed: 0, skipped: 1 },
    'sidestep-stale.json': { passed: 100, failed: 0, skipped: 0 },
  })
  expect(sumCounts(folder, ['@sidestep/a', '@sidestep/b', '@sidestep/c'])).toEqual({
    total: { passed: 7, failed: 2, skipped: 3 },
    missing: ['@sidestep/c'],
  })
})

test('knows the packages with tests', () => {
  expect(packagesWithTests(repositoryRoot)).toEqual(
    expect.arrayContaining(['@sidestep/core', '@sidestep/packed-tests', '@sidestep/workspace-tests']),
  )
})
