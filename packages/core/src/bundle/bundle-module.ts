import { realpath, stat } from 'node:fs/promises'

import { codeOf, configError } from '../errors.ts'
import type { Bundle, BundleOptions } from './bundle.ts'
import { jobEntryPath } from './job-entry.ts'
import { KeptBundle } from './kept-bundle.ts'

export type { Bundle, BundleOptions } from './bundle.ts'

/**
 * Makes the user's module one file that runs as a job: the same bytes from the same sources, in whatever folder. Nothing
 * of the user's code is evaluated here, nor by who evaluates the bundle, before its `load()`. Where nothing has changed
 * since the last time, that bundle is taken. Throws `config` errors that name file, line and column.
 */
export async function bundleModule(options: BundleOptions): Promise<Bundle> {
  const { signal } = options
  signal?.throwIfAborted()
  const module = await existingModule(options.module)
  const jobEntry = await realpath(options.jobEntry ?? jobEntryPath())
  const known = { ...options, module, jobEntry }
  const kept = new KeptBundle(known)
  const found = await kept.find()
  if (found !== undefined) return found
  const startedAtMs = Date.now()
  // The bundler is the most that a launcher can load; where there is nothing to bundle, it stays out.
  const { makeBundle } = await import('./make-bundle.ts')
  const { bundle, sources } = await makeBundle(known)
  if (sources !== undefined) await kept.keep(bundle, { ...sources, startedAtMs })
  return bundle
}

async function existingModule(module: string): Promise<string> {
  try {
    if ((await stat(module)).isFile()) return await realpath(module)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
  throw configError('MODULE_NOT_FOUND', `${module} is not a file`, 'Give the file that defines the pipeline.')
}
