import { SETTINGS } from '../steps/settings.ts'
import type { Check } from '../test-function.ts'
import { withKnownBundles } from './known-bundles.ts'
import type { StepOperatorSubject } from './subject.ts'
import { withHome } from './with-home.ts'

/** In milliseconds, of a check that says nothing else. */
const DEFAULT_TIMEOUT_MS = 60_000
/** How much of a check's time its runs may take: the rest is for saying what they waited for. */
const FOR_RUNS = 0.85
/** What the other runs of a check that has failed may take to end, in milliseconds. */
const LONGEST_STOP_MS = 15_000

/** The check in a home of its own, with a limit for its runs, which end with it. */
export function prepared(check: Check<StepOperatorSubject>, timeoutFactor: number): Check<StepOperatorSubject> {
  const timeoutMs = (check.timeoutMs ?? DEFAULT_TIMEOUT_MS) * timeoutFactor
  return {
    ...check,
    timeoutMs,
    run: async (subject) => {
      const end = Date.now() + timeoutMs
      const until = end - timeoutMs * (1 - FOR_RUNS)
      const { folder } = subject.place
      await withHome(folder, async () => {
        try {
          await withKnownBundles(folder, async () => check.run({ ...subject, until }))
        } catch (error) {
          // Before their store is removed. The finding must still be told in time.
          await subject.runs.stop(Math.max(0, Math.min(LONGEST_STOP_MS * timeoutFactor, (end - Date.now()) * 0.8)))
          throw error
        } finally {
          for (const key of Object.keys(SETTINGS)) delete SETTINGS[key as keyof typeof SETTINGS]
        }
      })
    },
  }
}
