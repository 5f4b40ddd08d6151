import { fileURLToPath } from 'node:url'

import { isStoreAway } from '../artifact/persist.ts'
import { SidestepError, type FailureKind } from '../errors.ts'
import type { BodyOptions, BodyOutcome } from './body.ts'
import { runCommandBody } from './command-body.ts'
import { runFunctionBody } from './function-body.ts'
import { serializeError } from './serialize-error.ts'

/**
 * Runs the step's body, and writes its log to the end. Whatever goes wrong around it is a failure of the step too; only
 * that the store stays away is thrown, since then the failure could not be written either.
 */
export async function runBody(options: BodyOptions): Promise<BodyOutcome> {
  const { body } = options.spec
  try {
    return body.kind === 'function' ? await runFunctionBody(options) : await runCommandBody(options, body)
  } catch (error) {
    if (isStoreAway(error)) throw error
    const bundle = fileURLToPath(import.meta.url)
    return { pid: process.pid, failure: { kind: kindOf(error), error: serializeError(error, { bundle }) } }
  } finally {
    await options.logs.close()
  }
}

/** Configuration was checked before the launch: what is wrong with what the step left behind is the step's. */
function kindOf(error: unknown): FailureKind {
  if (!SidestepError.isInstance(error)) return 'infra'
  return error.kind === 'config' ? 'step' : error.kind
}
