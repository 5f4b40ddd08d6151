import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Place } from './place.ts'
import type { Check, TestFunction } from './test-function.ts'

const DEFAULT_TIMEOUT_MS = 60_000

/** What is given to a runner, and how. */
export interface GiveChecksOptions<Subject> {
  /** `test` of the runner. */
  readonly test: TestFunction
  /** What it is that the checks are of, as the beginning of every test's name: `artifact store`. */
  readonly name: string
  /** In the order in which they run. */
  readonly checks: readonly Check<Subject>[]
  /** By how much everything may take longer. Default: 1. */
  readonly timeoutFactor?: number
  /** What a check works with. Called once for each. */
  readonly subjectOf: (place: Place) => Subject
}

/** Gives the runner one test for each check, with a place of its own that is removed afterwards. */
export function giveChecks<Subject>(options: GiveChecksOptions<Subject>): void {
  const { test, name, checks, timeoutFactor = 1, subjectOf } = options
  for (const check of checks) {
    test(`${name}: ${check.name}`, { timeout: (check.timeoutMs ?? DEFAULT_TIMEOUT_MS) * timeoutFactor }, async () => {
      // Modules know their real paths, and so must whoever compares with them.
      const above = await mkdtemp(join(await realpath(tmpdir()), 'sidestep-conformance-'))
      try {
        const place: Place = { folder: join(above, 'place'), name: `sidestep-${randomBytes(6).toString('hex')}` }
        await mkdir(place.folder)
        await check.run(subjectOf(place))
      } finally {
        // What a step left behind may still be writing into it.
        await rm(above, { recursive: true, force: true, maxRetries: 5 })
      }
    })
  }
}
