import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { Reporter, TestCase, TestModule } from 'vitest/node'

/** How many tests of a package ended in which way. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** One failure of a package's tests. */
export interface Failure {
  /** Relative to the package; absent for an error outside of any file. */
  readonly file?: string
  /** The names of its suites and its own; absent for a failure outside of any test. */
  readonly test?: string
  /** Of all its errors, without colours. */
  readonly message: string
}

/** What the test run of a package leaves for a program that adds up the packages. */
export interface TestReport extends Counts {
  /** As many as `failed` says. */
  readonly failures: readonly Failure[]
}

/** The file that the report of a package goes to: `sidestep-core.json`. */
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
export function reportTests(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): TestReport {
  let passed = 0
  let skipped = 0
  const failures: Failure[] = unhandledErrors.map((error) => ({ message: messageOf(error) }))
  for (const module of modules) {
    const file = module.relativeModuleId
    failures.push(...module.errors().map((error) => ({ file, message: messageOf(error) })))
    for (const suite of module.children.allSuites()) {
      failures.push(...suite.errors().map((error) => ({ file, test: suite.fullName, message: messageOf(error) })))
    }
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      if (state === 'passed') passed += 1
      else if (state === 'skipped') skipped += 1
      else failures.push({ file, test: test.fullName, message: whyFailed(test) })
    }
  }
  return { passed, failed: failures.length, skipped, failures }
}

/**
 * Prints the counts of a package on a line of their own. Where a folder is given it writes them to
 * `folder` instead, with what failed, for a program that adds up the packages.
 */
export class CountsReporter implements Reporter {
  readonly #packageName: string
  readonly #folder: string | undefined

  constructor(options: { readonly packageName: string; readonly folder?: string | undefined }) {
    this.#packageName = options.packageName
    this.#folder = options.folder
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const report = reportTests(modules, unhandledErrors)
    if (this.#folder === undefined || this.#folder === '') {
      process.stdout.write(`${formatCounts(report)}\n`)
      return
    }
    mkdirSync(this.#folder, { recursive: true })
    writeFileSync(join(this.#folder, countsFileName(this.#packageName)), `${JSON.stringify(report)}\n`)
  }
}

function whyFailed(test: TestCase): string {
  const { state, errors = [] } = test.result()
  return state === 'failed' ? errors.map(messageOf).join('\n') : 'it has not ended'
}

/** What vitest hands over is plain data: the name and the message are all that is sure to be readable. */
function messageOf(error: unknown): string {
  const { name = 'Error', message } = error as { readonly name?: string; readonly message?: unknown }
  return stripVTControlCharacters(`${name}: ${String(message ?? error)}`)
}
