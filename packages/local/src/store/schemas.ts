import { join } from 'node:path'

import { homeFolder } from '@sidestep/core'
import * as z from 'zod'

import { absolutePath } from '../absolute-path.ts'
import { strictObject } from '../strict-object.ts'
import type { OpenStoreConfig } from './local-artifact-store.ts'

/** What a job learns of its store must fit into one variable of every provider's. */
const LONGEST_PATH = 450

/** Of `LocalArtifactStoreConfig`. */
export const localArtifactStoreConfigSchema: z.ZodType<OpenStoreConfig> = strictObject({
  path: absolutePath
    .refine((path) => Buffer.byteLength(path) <= LONGEST_PATH, {
      error: `must be no longer than ${LONGEST_PATH} bytes`,
    })
    .optional()
    .describe("Absolute path of the folder. Default: store in the project's .sidestep."),
}).transform(({ path }) => ({ path: path ?? join(homeFolder(), 'store') }))
