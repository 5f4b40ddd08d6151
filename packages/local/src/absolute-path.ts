import { isAbsolute, normalize } from 'node:path'

import * as z from 'zod'

/** Folders of components are absolute: a job has another working directory than its launcher. */
export const absolutePath: z.ZodType<string, string> = z
  .string()
  .refine(isAbsolute, { error: 'must be an absolute path' })
  .overwrite((path) => normalize(path).replace(/(?<=.)\/$/, ''))
