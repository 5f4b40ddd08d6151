import { AssertionError } from 'node:assert'

import type { TestFunction } from '../../src/index.ts'

/** The tests that a suite gives, run one by one instead of by a runner. */
export interface Collected {
  readonly names: readonly string[]
  /** Runs the test of this name, without the suite's own words before it. Gives what it threw, or `undefined`. */
  run(name: string): Promise<unknown>
}

/** Collects what a suite gives to `test`. */
export function collected(suite: (test: TestFunction) => void): Collected {
  const bodies = new Map<string, () => Promise<void>>()
  suite((name, _options, body) => bodies.set(name.slice(name.indexOf(': ') + 2), body))
  return {
    names: [...bodies.keys()],
    run: async (name) => {
      const body = bodies.get(name)
      if (body === undefined) throw new Error(`the suite has no check "${name}", but ${[...bodies.keys()].join('; ')}`)
      try {
        await body()
        return undefined
      } catch (error) {
        return error
      }
    },
  }
}

/** Runs the check that must catch something broken. Its message, which must be one of the check's own. */
export async function caught({ run }: Collected, check: string): Promise<string> {
  const error = await run(check)
  if (error === undefined) throw new Error(`the check "${check}" has not noticed anything`)
  if (!(error instanceof AssertionError)) {
    throw new Error(`the check "${check}" failed with an error that is not its own`, { cause: error })
  }
  return error.message
}
