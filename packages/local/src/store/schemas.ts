import { join } from 'node:path'

import { homeFolder } from '@sidestep/core'
import * as z from 'zod/mini'

import { absolutePath } from '../absolute-path.ts'
import type { ConfigSchema } from '../config-schema.ts'
import { described, makeConfigSchema } from '../make-config-schema.ts'
import { strictObject } from '../strict-object.ts'
import type { OpenStoreConfig } from './local-artifact-store.ts'

/** What a job learns of its store must fit into one variable of every provider's. */
const LONGEST_PATH = 450

const storePath = absolutePath.check(
  z.refine((path) => Buffer.byteLength(path) <= LONGEST_PATH, {
    error: `must be no longer than ${LONGEST_PATH} bytes`,
  }),
)

/** Of `LocalArtifactStoreConfig`. */
export const localArtifactStoreConfigSchema: ConfigSchema<OpenStoreConfig> = makeConfigSchema(
  z.pipe(
    strictObject({
      path: described(z.optional(storePath), "Absolute path of the folder. Default: store in the project's .sidestep."),
    }),
    z.transform(({ path }) => ({ path: path ?? join(homeFolder(), 'store') })),
  ),
)
