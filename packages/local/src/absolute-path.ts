import { isAbsolute, normalize } from 'node:path'

import * as z from 'zod/mini'

/** Folders of components are absolute: a job has another working directory than its launcher. */
export const absolutePath: z.ZodMiniType<string, string> = z.string().check(
  z.refine(isAbsolute, { error: 'must be an absolute path' }),
  z.overwrite((path) => normalize(path).replace(/(?<=.)\/$/, '')),
)
