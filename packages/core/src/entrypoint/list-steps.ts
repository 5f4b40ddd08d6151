import { fileURLToPath } from 'node:url'

import { LISTING_MARK } from '../bundle/listing-mark.ts'
import { findStep, registeredSteps } from '../step/registry.ts'
import { serializeError } from './serialize-error.ts'

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
    print({ error: serializeError(error, { bundle }) })
    process.exit(1)
  }
}

function print(listing: object): void {
  process.stdout.write(`\n${LISTING_MARK}${JSON.stringify(listing)}\n`)
}
