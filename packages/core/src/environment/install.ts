import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { codeOf } from '../errors.ts'
import { makeOnce } from '../make-once.ts'
import type { Lock } from './npm-lock.ts'
import { createNpmFolder, removeNpmSettings } from './npm-folder.ts'
import { runNpm } from './npm.ts'
import { requirementsError } from './requirements-error.ts'

/** What packages are installed for, as npm names it. */
export interface TargetPlatform {
  /** `linux` */
  readonly os: string
  /** Node.js' name: `x64`, `arm64`. */
  readonly cpu: string
  /** The C library. */
  readonly libc: 'glibc' | 'musl'
}

/** Where a lock's packages go, and how npm is run. */
export interface InstallOptions {
  /** Where environments are kept: `.sidestep/environments`. */
  readonly folder: string
  /** Its `.npmrc` says where packages come from. */
  readonly projectFolder: string
  /** Ends npm. */
  readonly signal: AbortSignal
  /** What npm prints, line by line. */
  readonly onOutput?: (line: string) => void
  /** Told once where npm gets no answer. Default: `onOutput`. */
  readonly onSilence?: (line: string) => void
  /** Who asks, for errors. */
  readonly origin?: string
  /** Packages for another machine than this one. Default: this machine. */
  readonly platform?: TargetPlatform
}

/**
 * The folder of a lock's packages, with `node_modules` in it; installed by whoever comes first, and used as it is from
 * then on, without npm and without a network. A folder of this name is complete: it gets its name last. Rejects with
 * `REQUIREMENTS_FAILED` or `REQUIREMENTS_UNRESOLVED` where npm fails, and with the signal's reason.
 */
export async function installLock(lock: Lock, options: InstallOptions): Promise<string> {
  const complete = join(options.folder, nameOf(lock, options.platform))
  await makeOnce(complete, options.signal, (prefix) => installInto(complete, prefix, { ...options, lock }))
  return complete
}

async function installInto(
  complete: string,
  partialPrefix: string,
  options: InstallOptions & { readonly lock: Lock },
): Promise<void> {
  const { lock, projectFolder, signal, onOutput, onSilence = onOutput, origin, platform } = options
  const files = { manifest: lock.manifest, lock: lock.text }
  const partial = await createNpmFolder(partialPrefix, files, projectFolder)
  try {
    await runNpm(['ci', '--omit=dev', ...platformArguments(platform)], {
      cwd: partial,
      signal,
      ...(onOutput === undefined ? {} : { onOutput }),
      ...(onSilence === undefined ? {} : { onSilence }),
    })
    await removeNpmSettings(partial)
    await mkdir(join(partial, 'node_modules'), { recursive: true })
    await renameUnlessThere(partial, complete)
  } catch (error) {
    throw requirementsError(error, { requirements: requirementsOf(lock), origin })
  } finally {
    await rm(partial, { recursive: true, force: true, maxRetries: 3 })
  }
}

function nameOf(lock: Lock, platform: TargetPlatform | undefined): string {
  return platform === undefined ? lock.sha256 : `${lock.sha256}-${platform.os}-${platform.cpu}-${platform.libc}`
}

function platformArguments(platform: TargetPlatform | undefined): readonly string[] {
  return platform === undefined ? [] : [`--os=${platform.os}`, `--cpu=${platform.cpu}`, `--libc=${platform.libc}`]
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
