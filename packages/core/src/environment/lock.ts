import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { createFile } from '../atomic-file.ts'
import { fingerprint, sha256 } from '../canonical.ts'
import { configError } from '../errors.ts'
import type { Lock } from './npm-lock.ts'
import { readProjectLock } from './project-lock.ts'
import { createNpmFolder } from './npm-folder.ts'
import { runNpm } from './npm.ts'
import { formatRequirement, parseRequirement, type Requirement } from './parse-requirement.ts'
import { makeOnce } from '../make-once.ts'
import { requirementsError } from './requirements-error.ts'

export type { Lock }

export interface ResolveLockOptions {
  readonly projectFolder: string
  /** Where locks are kept: `.sidestep/locks`. */
  readonly folder: string
  readonly signal: AbortSignal
  /** Who asks, for errors: `docker.requirements of the step train`. */
  readonly origin?: string
  /** Called before npm is asked: not where it is known already what the requirements mean. */
  readonly onResolve?: () => void
  /** Gets a line, once, where npm gets no answer. */
  readonly onSilence?: ((line: string) => void) | undefined
}

interface LockFile {
  readonly requirements: readonly string[]
  readonly manifest: string
  readonly text: string
}

/**
 * Decides once which versions a list of requirements means; later calls need neither npm nor a network. `'lockfile'` is
 * the project's own package-lock.json without its development dependencies. Throws `config` errors
 * (`CONFIG_INVALID`, `REQUIREMENTS_UNRESOLVED`), and `REQUIREMENTS_FAILED` where npm does not reach its registry.
 */
export async function resolveLock(
  requirements: readonly string[] | 'lockfile',
  options: ResolveLockOptions,
): Promise<Lock> {
  options.signal.throwIfAborted()
  if (requirements === 'lockfile') return readProjectLock(options.projectFolder)
  const wanted = requirements.map(parseRequirement)
  refuseContradictions(wanted, options.origin)
  const sorted = [...new Set(wanted.map(formatRequirement))].toSorted()
  const path = join(options.folder, `${fingerprint({ version: 1, requirements: sorted })}.json`)
  await makeOnce(path, options.signal, (prefix) => {
    options.onResolve?.()
    return resolveInto(path, prefix, { ...options, requirements: sorted })
  })
  const kept = JSON.parse(await readFile(path, 'utf8')) as LockFile
  return { text: kept.text, sha256: sha256(kept.text), manifest: kept.manifest }
}

async function resolveInto(
  path: string,
  partialPrefix: string,
  options: ResolveLockOptions & { readonly requirements: readonly string[] },
): Promise<void> {
  const { requirements, projectFolder, signal, origin, onSilence } = options
  const dependencies = Object.fromEntries(requirements.map(parseRequirement).map(({ name, range }) => [name, range]))
  const manifest = `${JSON.stringify({ name: 'sidestep-environment', version: '0.0.0', private: true, dependencies }, undefined, 2)}\n`
  const work = await createNpmFolder(partialPrefix, { manifest }, projectFolder)
  try {
    await runNpm(['install', '--package-lock-only', '--package-lock', '--lockfile-version=3'], {
      cwd: work,
      signal,
      ...(onSilence === undefined ? {} : { onSilence }),
    })
    const text = await readFile(join(work, 'package-lock.json'), 'utf8')
    // Who comes second takes what the first one decided.
    await createFile(path, `${JSON.stringify({ requirements, manifest, text } satisfies LockFile)}\n`)
  } catch (error) {
    throw requirementsError(error, { requirements, origin })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

function refuseContradictions(wanted: readonly Requirement[], origin: string | undefined): void {
  const ranges = new Map<string, string>()
  for (const { name, range } of wanted) {
    const other = ranges.get(name) ?? range
    if (other !== range) {
      throw configError(
        'CONFIG_INVALID',
        `${origin ?? 'the requirements'}: ${name} is asked for twice, as ${other} and as ${range}`,
        'Ask for it once: a step has one version of each package.',
      )
    }
    ranges.set(name, range)
  }
}
