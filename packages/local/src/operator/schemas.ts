import { homeFolder, type Duration } from '@sidestep/core'
import * as z from 'zod/mini'

import { absolutePath } from '../absolute-path.ts'
import type { ConfigSchema } from '../config-schema.ts'
import { described, makeConfigSchema } from '../make-config-schema.ts'
import type { LocalSettings } from '../local-config.ts'
import { milliseconds } from '../milliseconds.ts'
import { strictObject } from '../strict-object.ts'

/** A step operator's configuration, complete. */
export interface ResolvedLocalConfig {
  /** Absolute path. */
  readonly home: string
  readonly resources: 'enforce' | 'ignore'
  readonly stopGraceMs: number
}

const DEFAULT_STOP_GRACE: Duration = '10s'

/** Of `LocalConfig`. */
export const localConfigSchema: ConfigSchema<ResolvedLocalConfig> = makeConfigSchema(
  z.pipe(
    strictObject({
      home: described(
        z.optional(absolutePath),
        "Absolute path of the folder for jobs, locks and environments. Default: the project's .sidestep.",
      ),
      resources: described(
        z._default(z.enum(['enforce', 'ignore']), 'enforce'),
        'enforce: a step that asks for more than this machine has is refused, and one above its memory is ended. ignore: every step runs.',
      ),
      stopGrace: described(
        z.prefault(milliseconds, DEFAULT_STOP_GRACE),
        "How long a job may go on after it was told to stop, such as '90s', or in milliseconds.",
      ),
    }),
    z.transform(({ home, resources, stopGrace }) => ({
      home: home ?? homeFolder(),
      resources,
      stopGraceMs: stopGrace,
    })),
  ),
)

/** Of `LocalSettings`. */
export const localSettingsSchema: ConfigSchema<LocalSettings> = makeConfigSchema(strictObject({}))
