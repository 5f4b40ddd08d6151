import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestReport } from '../src/counts.ts'
import { expect, onTestFinished, test } from 'vitest'

const fixture = join(import.meta.dirname, '../fixtures/counts')
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')

test('counts every way a test can end, and what fails outside of a test', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'counts-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))

  // 1 failed test, 1 file that cannot be collected, 1 unhandled rejection; a test to do counts as skipped.
  const { code, lines } = await run([], join(folder, 'counts'))
  expect(code).toBe(1)
  expect(lines).not.toContain('4 passed, 3 failed, 2 skipped')
  const report = JSON.parse(readFileSync(join(folder, 'counts/sidestep-counted.json'), 'utf8')) as TestReport
  expect(report).toMatchObject({ passed: 4, failed: 3, skipped: 2 })
  expect(report.failures).toHaveLength(3)
  expect(report.failures).toEqual(
    expect.arrayContaining([
      { message: 'Error: nobody waits for this' },
      { file: 'test/broken.test.ts', message: 'Error: cannot be collected' },
      {
        file: 'test/results.test.ts',
        test: 'outer > fails',
        message: expect.stringMatching(/^AssertionError: expected 1 to be 2/) as unknown,
      },
    ]),
  )
})

test('prints the counts where no folder is given', async () => {
  const { code, lines } = await run(['-t', 'passes', 'results'], '')
  expect(code).toBe(0)
  expect(lines.at(-1)).toBe('3 passed, 0 failed, 3 skipped')
})

function run(args: readonly string[], countsFolder: string): Promise<{ code: number; lines: string[] }> {
  const { VITEST: _outer, ...env } = process.env
  return new Promise((resolve) => {
    const options = { cwd: fixture, env: { ...env, SIDESTEP_TEST_COUNTS: countsFolder } }
    execFile(process.execPath, [vitest, 'run', ...args], options, (error, stdout) => {
      resolve({ code: Number(error?.code ?? 0), lines: stdout.trim().split('\n') })
    })
  })
}
