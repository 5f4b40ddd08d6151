import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { countsFileName, formatCounts, type Counts } from '@sidestep/config/counts'
import { listWorkspaces, repositoryRoot } from './repository.ts'

/**
 * Adds up the counts that the packages' test runs wrote into `folder`. A package that has tests and wrote nothing died
 * before it could: that is a failure, and its name is returned.
 */
export function sumCounts(folder: string, packageNames: readonly string[]): { total: Counts; missing: string[] } {
  const total = { passed: 0, failed: 0, skipped: 0 }
  const missing: string[] = []
  for (const name of packageNames) {
    const file = join(folder, countsFileName(name))
    if (!existsSync(file)) {
      missing.push(name)
      total.failed += 1
      continue
    }
    const counts = JSON.parse(readFileSync(file, 'utf8')) as Counts
    total.passed += counts.passed
    total.failed += counts.failed
    total.skipped += counts.skipped
  }
  return { total, missing }
}

/** The members of the workspace that have tests. */
export function packagesWithTests(root: string): string[] {
  return listWorkspaces(root)
    .filter(({ manifest: { scripts = {} } }) => scripts['test'] !== undefined || scripts['test:packed'] !== undefined)
    .map(({ manifest }) => manifest.name)
}

// node sum-counts.ts FOLDER: prints the closing line, exits with 1 where a test failed or counts are missing.
if (import.meta.main) {
  const { total, missing } = sumCounts(process.argv[2] ?? '.', packagesWithTests(repositoryRoot))
  for (const name of missing) console.log(`${name}: its tests left no counts`)
  console.log(formatCounts(total))
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
}
