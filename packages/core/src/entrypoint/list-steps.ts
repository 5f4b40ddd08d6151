import { fileURLToPath } from 'node:url'

import { findStep, registeredSteps } from '../step/registry.ts'
import { serializeError } from './serialize-error.ts'

/** Stands before the one line that is meant for the launcher: the module may print what it likes while it loads. */
export const LISTING_MARK = '\u001e'

/** Evaluates the user's module and prints the names of its steps, or why it cannot be loaded. Ends the process. */
export async function listSteps(load: () => Promise<unknown>): Promise<never> {
  const bundle = fileURLToPath(import.meta.url)
  try {
    await load()
    const names = [...new Set(registeredSteps().map(({ name }) => name))]
    for (const name of names) findStep(name)
    print({ steps: names })
    process.exit(0)
  } catch (error) {
    print({ error: serializeError(error, { bundle, redact: (text) => text }) })
    process.exit(1)
  }
}

function print(listing: object): void {
  process.stdout.write(`\n${LISTING_MARK}${JSON.stringify(listing)}\n`)
}
