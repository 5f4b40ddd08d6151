import { cp } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import type { Workshop } from './workshop.ts'

/** Some 60 MB in 14,000 files: pinned, so that each run measures the same. */
export const REQUIREMENTS: readonly string[] = [
  '@aws-sdk/client-s3@3.1169.0',
  'date-fns@4.4.0',
  'express@5.3.0',
  'lodash@4.18.1',
  'lodash-es@4.18.1',
  'rxjs@7.8.2',
  'typescript@5.9.3',
  'zod@4.6.7',
]

/** npm packages that lie below the code in an image; none of them: `requirements` is empty. */
export interface Packages {
  readonly requirements: readonly string[]
  /** The `node_modules` that has them installed. */
  readonly folder?: string
}

export const NO_PACKAGES: Packages = { requirements: [] }

/** A folder with a Dockerfile for the packages and a bundle, whose packages are there already. */
export async function contextWith(workshop: Workshop, name: string, { folder }: Packages): Promise<string> {
  const context = await workshop.context(name, [...(folder === undefined ? [] : ['node_modules']), 'step.mjs'])
  const copy = join(context, 'node_modules')
  // A copy that was cut is no copy: it ends the benchmark anyway.
  if (folder !== undefined && !existsSync(copy)) await cp(folder, copy, { recursive: true, verbatimSymlinks: true })
  return context
}
