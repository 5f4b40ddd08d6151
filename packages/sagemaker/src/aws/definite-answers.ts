import { isClockError } from './clock-error.ts'

/** What AWS answers where it refuses the signature, and so has not looked at the request. */
const UNSIGNED: ReadonlySet<number> = new Set([400, 401, 403])
/** What the SDK takes for a clock that is off, in milliseconds. AWS refuses from five minutes on, S3 from fifteen. */
const OFF_MS = 4 * 60_000

/** The SDK's own types of these are in a package that it does not export. */
type Handler = (call: any) => Promise<any>

/** A client of the SDK, as far as it is used here. */
interface SigningClient {
  readonly config: { systemClockOffset: number }
  readonly middlewareStack: {
    addRelativeTo(
      middleware: (next: Handler) => Handler,
      options: { readonly name: string; readonly relation: 'before'; readonly toMiddleware: string },
    ): void
  }
}

/**
 * Lets the SDK try a call again because of a clock only where the clock was why it was refused. By itself it takes every error for
 * one of the clock on a machine whose clock is off by minutes: an object that is not there was asked for four times, and of one that was
 * there already nobody knew whether the first of four calls had written it. And it does not try again where it had taken a clock for wrong
 * that is right, or is right again.
 */
export function takeAnswers({ config, middlewareStack }: SigningClient): void {
  middlewareStack.addRelativeTo(
    (next: Handler): Handler =>
      async (call) => {
        const offsetMs = config.systemClockOffset
        try {
          return await next(call)
        } catch (error) {
          const { $metadata } = error as { $metadata?: { httpStatusCode?: number; clockSkewCorrected?: boolean } }
          const { httpStatusCode: status } = $metadata ?? {}
          if ($metadata === undefined || status === undefined || status >= 500) throw error
          const hasLearned = Math.abs(config.systemClockOffset - offsetMs) >= OFF_MS
          if (isClockError(error) || (UNSIGNED.has(status) && hasLearned)) $metadata.clockSkewCorrected = true
          else if (!UNSIGNED.has(status)) delete $metadata.clockSkewCorrected
          throw error
        }
      },
    { name: 'sidestepAnswers', relation: 'before', toMiddleware: 'httpSigningMiddleware' },
  )
}
