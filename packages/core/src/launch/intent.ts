import { fingerprint } from '../canonical.ts'
import { SidestepError } from '../errors.ts'

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

/** Refuses an intent that this operator cannot replay as it is. */
export function checkIntent(intent: Intent, flavor: string, scope: string): void {
  if (intent.flavor === flavor && intent.scope === scope) return
  throw new SidestepError(
    `the attempt was begun with ${intent.flavor} in ${intent.scope}, and cannot go on with ${flavor} in ${scope}`,
    {
      code: 'LAUNCH_CONFLICT',
      kind: 'config',
      hint: 'Resume it with the stack it was begun with, or start a new run.',
    },
  )
}
