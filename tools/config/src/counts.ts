import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Reporter, TestModule } from 'vitest/node'

/** How many tests of a package ended in which way. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** The file that the counts of a package go to: `sidestep-core.json`. */
export function countsFileName(packageName: string): string {
  return `${packageName.replace(/^@/, '').replaceAll('/', '-')}.json`
}

/** The line that closes a test run. */
export function formatCounts(counts: Counts): string {
  return `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`
}

/**
 * Counts tests. A module that could not be collected counts as one failure, as does an error outside of any test:
 * either makes the run fail, so the counts must say so.
 */
export function countTests(modules: readonly TestModule[], unhandledErrors: number): Counts {
  let passed = 0
  let failed = unhandledErrors
  let skipped = 0
  for (const module of modules) {
    failed += module.errors().length
    for (const suite of module.children.allSuites()) failed += suite.errors().length
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      if (state === 'passed') passed += 1
      else if (state === 'skipped') skipped += 1
      else failed += 1
    }
  }
  return { passed, failed, skipped }
}

/**
 * Prints the counts of a package on a line of their own. Where a folder is given it writes them to
 * `folder` instead, for a program that adds up the packages.
 */
export class CountsReporter implements Reporter {
  readonly #packageName: string
  readonly #folder: string | undefined

  constructor(options: { readonly packageName: string; readonly folder?: string | undefined }) {
    this.#packageName = options.packageName
    this.#folder = options.folder
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = countTests(modules, unhandledErrors.length)
    if (this.#folder === undefined || this.#folder === '') {
      process.stdout.write(`${formatCounts(counts)}\n`)
      return
    }
    mkdirSync(this.#folder, { recursive: true })
    writeFileSync(join(this.#folder, countsFileName(this.#packageName)), `${JSON.stringify(counts)}\n`)
  }
}
