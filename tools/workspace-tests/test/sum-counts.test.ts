import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { countsFileName } from '@sidestep/config/counts'
import { formatFailures } from '../src/failures.ts'
import { packagesWithTests, sumCounts } from '../src/sum-counts.ts'
import { repositoryRoot } from '../src/repository.ts'
import { writeTree } from './tree.ts'

const script = join(import.meta.dirname, '../src/sum-counts.ts')
const failure = {
  file: 'test/a.test.ts',
  test: 'outer > fails',
  message: 'AssertionError: expected 1 to be 2\n\n- 2\n+ 1',
}

test('adds up packages, and counts one that left nothing as a failure', () => {
  const folder = writeTree({
    'sidestep-a.json': { passed: 3, failed: 1, skipped: 2, failures: [failure] },
    'sidestep-b.json': { passed: 4, failed: 0, skipped: 1, failures: [] },
    'sidestep-stale.json': { passed: 100, failed: 0, skipped: 0, failures: [] },
  })
  expect(sumCounts(folder, ['@sidestep/a', '@sidestep/b', '@sidestep/c'])).toEqual({
    total: { passed: 7, failed: 2, skipped: 3 },
    failures: [
      { package: '@sidestep/a', ...failure },
      { package: '@sidestep/c', message: 'its tests left no counts' },
    ],
  })
})

test('the last lines say what failed, and close with the counts', async () => {
  const passed = { passed: 2, failed: 0, skipped: 0, failures: [] }
  const names = packagesWithTests(repositoryRoot)
  const folder = writeTree({
    ...Object.fromEntries(names.map((name) => [countsFileName(name), passed])),
    'sidestep-core.json': { passed: 0, failed: 1, skipped: 0, failures: [failure] },
  })
  const ended = await new Promise<{ code: unknown; stdout: string }>((resolve) => {
    execFile(process.execPath, [script, folder], (error, stdout) => resolve({ code: error?.code ?? 0, stdout }))
  })
  expect(ended.code).toBe(1)
  expect(ended.stdout.trimEnd().split('\n')).toEqual([
    'failed: @sidestep/core test/a.test.ts > outer > fails',
    '    AssertionError: expected 1 to be 2',
    '    - 2',
    '    + 1',
    `${2 * (names.length - 1)} passed, 1 failed, 0 skipped`,
  ])
})

test.each([0, 1, 5, 7, 24, 47, 48, 49, 300])('%s failures fit into the end of an output', (count) => {
  const message = `${'m'.repeat(1_000)}\n`.repeat(20)
  const failures = Array.from({ length: count }, (_, index) => ({
    package: '@sidestep/a',
    test: `t${index}.`,
    message,
  }))
  const lines = formatFailures(failures)
  expect(lines.length).toBeLessThanOrEqual(48)
  expect(Math.max(0, ...lines.map((line) => line.length))).toBeLessThanOrEqual(240)
  const named = lines.filter((line) => line.startsWith('failed: ')).length
  expect(named).toBe(Math.min(count, count > 48 ? 47 : 48))
  expect(lines.filter((line) => line.startsWith('    m')).length > 0).toBe(count > 0 && count <= 24)
  expect(lines.at(-1) === `and ${count - named} more`).toBe(named < count)
})

test('knows the packages with tests', () => {
  expect(packagesWithTests(repositoryRoot)).toEqual(
    expect.arrayContaining(['@sidestep/core', '@sidestep/packed-tests', '@sidestep/workspace-tests']),
  )
})
