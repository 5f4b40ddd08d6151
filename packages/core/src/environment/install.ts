import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { codeOf } from '../errors.ts'
import { isLeftBehind, takeLease } from './install-lease.ts'
import type { Lock } from './npm-lock.ts'
import { createNpmFolder, removeNpmSettings } from './npm-folder.ts'
import { runNpm } from './npm.ts'
import { requirementsError } from './requirements-error.ts'

export interface InstallOptions {
  /** Where environments are kept: `.sidestep/environments`. */
  readonly folder: string
  readonly projectFolder: string
  readonly signal: AbortSignal
  /** What npm prints, line by line. */
  readonly onOutput?: (line: string) => void
  /** Who asks, for errors. */
  readonly origin?: string
}

const LEASE = '.lease'
const PARTIAL = '.partial-'

/**
 * The folder of a lock's packages, with `node_modules` in it; installed by whoever comes first, and used as it is from
 * then on, without npm and without a network. A folder of this name is complete: it gets its name last.
 */
export async function installLock(lock: Lock, options: InstallOptions): Promise<string> {
  const { folder, signal } = options
  const complete = join(folder, lock.sha256)
  const isDone = (): boolean => existsSync(complete)
  const lease = await takeLease(`${complete}${LEASE}`, { isDone, signal })
  if (lease === undefined) return complete
  try {
    await removeLeftovers(folder, lock.sha256)
    await installInto(complete, lock, options)
  } finally {
    await lease.release()
  }
  return complete
}

async function installInto(complete: string, lock: Lock, options: InstallOptions): Promise<void> {
  const { projectFolder, signal, onOutput, origin } = options
  const files = { manifest: lock.manifest, lock: lock.text }
  const partial = await createNpmFolder(`${complete}${PARTIAL}`, files, projectFolder)
  try {
    await runNpm(['ci', '--omit=dev'], { cwd: partial, signal, ...(onOutput === undefined ? {} : { onOutput }) })
    await removeNpmSettings(partial)
    await mkdir(join(partial, 'node_modules'), { recursive: true })
    await renameUnlessThere(partial, complete)
  } catch (error) {
    throw requirementsError(error, { requirements: requirementsOf(lock), origin })
  } finally {
    await rm(partial, { recursive: true, force: true, maxRetries: 3 })
  }
}

function requirementsOf({ manifest }: Lock): string[] {
  const { dependencies = {} } = JSON.parse(manifest) as { dependencies?: Record<string, string> }
  return Object.entries(dependencies).map(([name, range]) => `${name}@${range}`)
}

async function renameUnlessThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error
  }
}

/** Half an installation of this lock, and of others whose process is gone. */
async function removeLeftovers(folder: string, ours: string): Promise<void> {
  const entries = await readdir(folder)
  const leases = entries.filter((it) => it.endsWith(LEASE) && it !== `${ours}${LEASE}`)
  const left = [ours]
  for (const lease of leases) {
    if (!(await isLeftBehind(join(folder, lease)))) continue
    left.push(lease.slice(0, -LEASE.length))
    await rm(join(folder, lease), { force: true })
  }
  const partial = entries.filter((it) => left.some((sha256) => it.startsWith(`${sha256}${PARTIAL}`)))
  await Promise.all(partial.map((it) => rm(join(folder, it), { recursive: true, force: true, maxRetries: 3 })))
}
