import { fingerprint } from '../canonical.ts'
import type { AttemptState } from '../journal/attempt-record.ts'
import { undecidedError } from './launch-error.ts'

/** `intent.json`: the whole prepared request, durable before anything is created. */
export interface Intent<Request extends object = object> {
  readonly version: 1
  /** Flavor of the operator that prepared it. */
  readonly flavor: string
  /** Where the job belongs: a replay anywhere else is refused. */
  readonly scope: string
  /** Without nonce and secrets. */
  readonly request: Request
  /** sha256 of the request's canonical JSON. */
  readonly fingerprint: string
}

export function createIntent<Request extends object>(flavor: string, scope: string, request: Request): Intent<Request> {
  return { version: 1, flavor, scope, request, fingerprint: fingerprint(request) }
}

/** Refuses an intent that this operator cannot replay as it is; the attempt stays as it was. */
export function checkIntent(
  intent: Intent,
  here: { readonly flavor: string; readonly scope: string; readonly state: Pick<AttemptState, 'handle'> },
): void {
  const { flavor, scope, state } = here
  if (intent.flavor === flavor && intent.scope === scope) return
  const message = `the attempt was begun with ${intent.flavor} in ${intent.scope}, and cannot go on with ${flavor} in ${scope}`
  throw undecidedError('config', message, {
    code: 'LAUNCH_CONFLICT',
    hint: 'Resume it with the stack it was begun with, or start a new run.',
    handle: (state.handle as { readonly handle: object } | undefined)?.handle ?? {},
  })
}
