import { isClockError } from './clock-error.ts'

/** What AWS answers where it refuses the signature, and so has not looked at the request. */
export const UNSIGNED: ReadonlySet<number> = new Set([400, 401, 403])
/** What the SDK takes for a clock that is off, in milliseconds. AWS refuses from five minutes on, S3 from fifteen. */
export const OFF_MS: number = 4 * 60_000

/** The SDK's own types of these are in a package that it does not export. */
export type Handler = (call: any) => Promise<any>
/** Handed to each middleware of one command. */
type Context = object

/** A client of the SDK, as far as it is used here. */
export interface SigningClient {
  readonly config: { systemClockOffset: number }
  readonly middlewareStack: {
    addRelativeTo(
      middleware: (next: Handler, context: Context) => Handler,
      options: { readonly name: string; readonly relation: 'before' | 'after'; readonly toMiddleware: string },
    ): void
  }
}

/**
 * Lets a client learn AWS's time only where it was refused for its own. By itself the SDK believes the Date of every answer, also of one
 * that a proxy has given another: what it signs from then on is refused. Others may learn it while a call is under way: what counts is
 * what was known when its answer came.
 */
export function keepProvenTime({ config, middlewareStack }: SigningClient): void {
  const known = new WeakMap<Context, number>()
  middlewareStack.addRelativeTo(
    (next, context) => async (call) => {
      try {
        return (await next(call)) as unknown
      } finally {
        known.set(context, config.systemClockOffset)
      }
    },
    { name: 'sidestepKnownTime', relation: 'after', toMiddleware: 'httpSigningMiddleware' },
  )
  middlewareStack.addRelativeTo(
    (next, context): Handler =>
      async (call) => {
        known.delete(context)
        let mayLearn = false
        try {
          return (await next(call)) as unknown
        } catch (error) {
          const { httpStatusCode: status } = (error as { $metadata?: { httpStatusCode?: number } }).$metadata ?? {}
          mayLearn = isClockError(error) || status === 401 || status === 403
          throw error
        } finally {
          const offsetMs = known.get(context)
          if (!mayLearn && offsetMs !== undefined) config.systemClockOffset = offsetMs
        }
      },
    { name: 'sidestepProvenTime', relation: 'before', toMiddleware: 'httpSigningMiddleware' },
  )
}
