import { parseDuration, SidestepError, type Duration } from '@sidestep/core'
import * as z from 'zod/mini'

/** A duration, in milliseconds when it is read. */
export const milliseconds: z.ZodMiniType<number, Duration> = z.pipe(
  z.union([z.string(), z.number()]),
  z.transform((value, { issues }): number => orIssue(issues, value, () => parseDuration(value as Duration)) ?? z.NEVER),
) as z.ZodMiniType<unknown> as z.ZodMiniType<number, Duration>

/** What `make` gives, or nothing, and an issue that says what it threw. Throws what is no `SidestepError`. */
export function orIssue<T>(issues: z.core.$ZodRawIssue[], input: unknown, make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    if (!SidestepError.isInstance(error)) throw error
    issues.push({ code: 'custom', input, message: `${error.message}. ${error.hint ?? ''}` })
    return undefined
  }
}
