import { parseDuration, SidestepError, type Duration } from '@sidestep/core'
import * as z from 'zod'

/** A duration, in milliseconds when it is read. */
export const milliseconds: z.ZodType<number, Duration> = z
  .union([z.string(), z.number()])
  .transform((value, { issues }): number => {
    try {
      return parseDuration(value as Duration)
    } catch (error) {
      if (!SidestepError.isInstance(error)) throw error
      issues.push({ code: 'custom', input: value, message: `${error.message}. ${error.hint ?? ''}` })
      return z.NEVER
    }
  }) as z.ZodType<unknown> as z.ZodType<number, Duration>
