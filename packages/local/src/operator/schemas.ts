import { homeFolder, parseDuration, SidestepError, type Duration } from '@sidestep/core'
import * as z from 'zod'

import { absolutePath } from '../absolute-path.ts'
import type { LocalSettings } from '../local-config.ts'
import { strictObject } from '../strict-object.ts'

/** A step operator's configuration, complete. */
export interface ResolvedLocalConfig {
  /** Absolute path. */
  readonly home: string
  readonly resources: 'enforce' | 'ignore'
  readonly stopGraceMs: number
}

const DEFAULT_STOP_GRACE: Duration = '10s'

const milliseconds: z.ZodType<number, Duration> = z
  .union([z.string(), z.number()])
  .transform((value, context): number => {
    try {
      return parseDuration(value as Duration)
    } catch (error) {
      if (!SidestepError.isInstance(error)) throw error
      context.addIssue({ code: 'custom', message: `${error.message}. ${error.hint ?? ''}` })
      return z.NEVER
    }
  }) as z.ZodType<number, Duration>

/** Of `LocalConfig`. */
export const localConfigSchema: z.ZodType<ResolvedLocalConfig> = strictObject({
  home: absolutePath
    .optional()
    .describe("Absolute path of the folder for jobs, locks and environments. Default: the project's .sidestep."),
  resources: z
    .enum(['enforce', 'ignore'])
    .default('enforce')
    .describe(
      'enforce: a step that asks for more than this machine has is refused, and one above its memory is ended. ignore: every step runs.',
    ),
  stopGrace: milliseconds
    .prefault(DEFAULT_STOP_GRACE)
    .describe("How long a job may go on after it was told to stop, such as '90s', or in milliseconds."),
}).transform(({ home, resources, stopGrace }) => ({ home: home ?? homeFolder(), resources, stopGraceMs: stopGrace }))

/** Of `LocalSettings`. */
export const localSettingsSchema: z.ZodType<LocalSettings> = strictObject({})
