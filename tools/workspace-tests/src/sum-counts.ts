import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { countsFileName, formatCounts, type Counts, type TestReport } from '@sidestep/config/counts'
import { formatFailures, type PackageFailure } from './failures.ts'
import { listWorkspaces, repositoryRoot } from './repository.ts'

/**
 * Adds up what the packages' test runs wrote into `folder`. A package that has tests and wrote nothing died before it
 * could: that is a failure.
 */
export function sumCounts(
  folder: string,
  packageNames: readonly string[],
): { readonly total: Counts; readonly failures: readonly PackageFailure[] } {
  const total = { passed: 0, failed: 0, skipped: 0 }
  const failures: PackageFailure[] = []
  for (const name of packageNames) {
    const file = join(folder, countsFileName(name))
    if (!existsSync(file)) {
      failures.push({ package: name, message: 'its tests left no counts' })
      total.failed += 1
      continue
    }
    const report = JSON.parse(readFileSync(file, 'utf8')) as TestReport
    total.passed += report.passed
    total.failed += report.failed
    total.skipped += report.skipped
    failures.push(...report.failures.map((failure) => ({ package: name, ...failure })))
  }
  return { total, failures }
}

/** The members of the workspace that have tests. */
export function packagesWithTests(root: string): string[] {
  return listWorkspaces(root)
    .filter(({ manifest: { scripts = {} } }) => scripts['test'] !== undefined || scripts['test:packed'] !== undefined)
    .map(({ manifest }) => manifest.name)
}

// node sum-counts.ts FOLDER: what failed and the closing line; exits with 1 where a test failed or counts are missing.
if (import.meta.main) {
  const { total, failures } = sumCounts(process.argv[2] ?? '.', packagesWithTests(repositoryRoot))
  for (const line of formatFailures(failures)) console.log(line)
  console.log(formatCounts(total))
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
}
