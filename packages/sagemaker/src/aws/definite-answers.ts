import { isClockError } from './clock-error.ts'
import { keepProvenTime, OFF_MS, UNSIGNED, type Handler, type SigningClient } from './proven-time.ts'

/**
 * Lets the SDK try a call again because of a clock only where the clock was why it was refused. By itself it takes every error for
 * one of the clock on a machine whose clock is off by minutes: an object that is not there was asked for four times, and of one that was
 * there already nobody knew whether the first of four calls had written it. And it does not try again where it had taken a clock for wrong
 * that is right, or is right again.
 */
export function takeAnswers(client: SigningClient): void {
  keepProvenTime(client)
  const { config, middlewareStack } = client
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
