import * as z from 'zod/mini'

/**
 * How schemas are asked. `zod/mini` has no words of its own: these are given with each question, since what is configured
 * for zod holds for all of the process, pipelines included. And its parsers are not compiled: few are asked twice.
 */
export const PARSE_CONTEXT: z.core.ParseContext<z.core.$ZodIssue> = {
  error: z.locales.en().localeError,
  jitless: true,
}
