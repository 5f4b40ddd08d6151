import { configError, homeFolder, parseDuration, SidestepError, type Duration } from '@sidestep/core'
import * as z from 'zod'

import { absolutePath } from '../absolute-path.ts'
import { strictObject } from '../strict-object.ts'

/** A step operator's configuration, complete. */
export interface ResolvedLocalConfig {
  /** Absolute path. */
  readonly home: string
  readonly resources: 'enforce' | 'ignore'
  readonly stopGraceMs: number
}

const DEFAULT_STOP_GRACE_MS = 10_000

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
  home: absolutePath.optional(),
  resources: z.enum(['enforce', 'ignore']).default('enforce'),
  stopGrace: milliseconds.default(DEFAULT_STOP_GRACE_MS),
}).transform(({ home, resources, stopGrace }) => ({ home: home ?? homeFolder(), resources, stopGraceMs: stopGrace }))

const settingsSchema: z.ZodType<object> = strictObject({})

/** Throws a `CONFIG_INVALID` error where a step's `settings['step_operator.local']` hold anything. */
export function checkSettings(settings: object, stepName: string): void {
  const { error } = settingsSchema.safeParse(settings)
  if (error === undefined) return
  const issues = error.issues.map(({ path, message }) => [...path, message].join(': '))
  throw configError('CONFIG_INVALID', `settings['step_operator.local'] of the step ${stepName}: ${issues.join('; ')}`)
}
