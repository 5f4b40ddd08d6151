import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { step, type Step } from '@sidestep/core'

import { began } from './began.ts'
import { SETTINGS } from './settings.ts'

/** By the variable that the step sees: the one of the launcher that has the secret. */
export const SECRETS: Readonly<Record<string, `env:${string}`>> = {
  CONFORMANCE_TOKEN: 'env:CONFORMANCE_TOKEN_OF_LAUNCHER',
  CONFORMANCE_KEY: 'env:CONFORMANCE_KEY_OF_LAUNCHER',
}

/** In milliseconds. */
const LOOKED_AT_MS = 300

/** Prints its secrets in several ways, and returns the sha256 of each. */
export const usesSecrets: Step<undefined, Promise<Readonly<Record<string, string>>>> = step(
  { name: 'uses-secrets', stepOperator: true, settings: SETTINGS, secrets: SECRETS },
  async () => {
    began()
    const values = secrets()
    for (const value of Object.values(values)) {
      console.log(value)
      console.error(JSON.stringify({ value }))
    }
    console.log(values)
    // Whoever looks meanwhile has the time to.
    await sleep(LOOKED_AT_MS)
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, sha256OfText(value)]))
  },
)

/** Throws its secrets. */
export const throwsSecrets: Step<undefined, void> = step(
  { name: 'throws-secrets', stepOperator: true, settings: SETTINGS, secrets: SECRETS },
  () => {
    began()
    const { CONFORMANCE_TOKEN: token = '', CONFORMANCE_KEY: key = '' } = secrets()
    throw Object.assign(new Error(`refused: ${token}`, { cause: new TypeError(`bad key ${key}`) }), {
      key,
      both: { token },
    })
  },
)

/** In lower-case hex. */
export function sha256OfText(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function secrets(): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(SECRETS).map((name) => [name, process.env[name] ?? '']))
}
