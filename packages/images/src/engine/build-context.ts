import { createWriteStream } from 'node:fs'
import { lstat, mkdir, readdir, symlink } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { pipeline } from 'node:stream/promises'

import { codeOf, configError, SidestepError } from '@sidestep/core/component'

import { entriesOfFolder } from '../layer/entries-of-folder.ts'
import { IgnoreRules } from '../layer/ignore-rules.ts'
import type { LayerEntry } from '../layer/layer.ts'
import { shown } from '../layer/layer-error.ts'
import { isSecretPath } from '../layer/secret-files.ts'
import type { CopiedSource } from './dockerfile.ts'
import { isPattern, matcherOf } from './path-pattern.ts'

/** What a Dockerfile of a project copies. */
export interface BuildContext {
  readonly projectFolder: string
  /** Relative to the project. */
  readonly dockerfile: string
  /** As `parseDockerfile` gives them. */
  readonly sources: readonly CopiedSource[]
  readonly signal: AbortSignal
}

/**
 * The files of a project that a build gets: those that its Dockerfile copies, without what `.dockerignore` names and
 * without secrets. So a change of any other file does not build again. Rejects with `IMAGE_INVALID`, with the line, for
 * what is not there or stays out though it is named; a pattern that matches nothing is the engine's affair.
 */
export async function contextEntries(context: BuildContext): Promise<readonly LayerEntry[]> {
  const { projectFolder, dockerfile, sources } = context
  // BuildKit takes the rules of `<Dockerfile>.dockerignore` where it is there; and it has no others.
  const files = [`${dockerfile}.dockerignore`, '.dockerignore']
  const rules = await IgnoreRules.read(projectFolder, { files, unwanted: false })
  const entries = new Map<string, LayerEntry>()
  for (const source of sources) {
    const place = `${dockerfile}:${source.line}`
    try {
      for await (const entry of entriesOf(source, { ...context, rules, place })) entries.set(entry.path, entry)
    } catch (error) {
      throw placed(error, place)
    }
  }
  return [...entries.values()]
}

/** Writes entries into a folder that is there. */
export async function writeContext(
  entries: readonly LayerEntry[],
  folder: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  for (const entry of entries) {
    signal.throwIfAborted()
    const path = join(folder, entry.path)
    await mkdir(entry.type === 'folder' ? path : dirname(path), { recursive: true })
    if (entry.type === 'symlink') await symlink(entry.target, path)
    if (entry.type !== 'file') continue
    await pipeline(entry.open(), createWriteStream(path, { mode: entry.executable ? 0o755 : 0o644 }), { signal })
  }
}

interface SourceOptions extends Pick<BuildContext, 'projectFolder' | 'signal'> {
  readonly rules: IgnoreRules
  /** File and line, for messages. */
  readonly place: string
}

async function* entriesOf({ pattern }: CopiedSource, options: SourceOptions): AsyncGenerator<LayerEntry, void, void> {
  const { projectFolder, rules, place, signal } = options
  // Docker's root is the context's: nothing above it can be named.
  const path = posix.normalize(`/${pattern}`).replaceAll(/^\/+|\/+$/gu, '')
  if (!isPattern(path)) {
    await checkNamed(pattern, path, options)
    yield* entriesOfFolder(projectFolder, { below: '', path, leaveOut: rules.below(path), anyLinks: true, signal })
    return
  }
  const matches = matcherOf(path)
  if (matches === undefined) {
    throw configError(
      'IMAGE_INVALID',
      `${place} copies ${shown(pattern)}, which is no pattern`,
      'See `path.Match` of Go.',
    )
  }
  const leaveOut = rules.below('')
  const found = await begunBy(path, projectFolder)
  let isEmpty = true
  for (const begun of found) {
    for await (const entry of entriesOfFolder(projectFolder, {
      below: '',
      path: begun,
      leaveOut,
      anyLinks: true,
      signal,
    })) {
      if (!matches.test(entry.path)) continue
      isEmpty = false
      yield entry
    }
  }
  if (isEmpty && found.length > 0 && found.every(isSecretPath)) throw secret(pattern, place)
}

/** Throws for a path that is not there, and for one of which nothing may be sent. */
async function checkNamed(
  pattern: string,
  path: string,
  { projectFolder, rules, place }: SourceOptions,
): Promise<void> {
  const refused = rules.refuses(path)
  if (refused === 'secret') throw secret(pattern, place)
  if (refused === 'ignored') {
    throw configError(
      'IMAGE_INVALID',
      `${place} copies ${shown(pattern)}, and ${rules.file} leaves it out`,
      `Take one of the two away, or add "!${path}" at the end of ${rules.file}.`,
    )
  }
  try {
    await lstat(join(projectFolder, path))
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) throw error
    throw configError(
      'IMAGE_INVALID',
      `${place} copies ${shown(pattern)}, and there is no such file in ${shown(projectFolder)}`,
      'Paths of a Dockerfile are relative to the folder of package.json.',
    )
  }
}

function secret(path: string, place: string): SidestepError {
  return configError(
    'IMAGE_INVALID',
    `${place} copies ${shown(path)}, which no build gets: by its name it holds secrets, and everybody who may pull the image could read them`,
    'Take it out of the Dockerfile: a job gets secrets by `secrets` of its step. A file that holds none needs another name.',
  )
}

function placed(error: unknown, place: string): unknown {
  if (!SidestepError.isInstance(error) || error.message.startsWith(place)) return error
  const { code, kind, message, hint } = error
  return new SidestepError(`${place}: ${message}`, {
    code,
    kind,
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  })
}

/** The paths that a pattern can mean: by its names up to the first `**`. */
async function begunBy(pattern: string, projectFolder: string): Promise<readonly string[]> {
  const parts = pattern.split('/')
  const deep = parts.findIndex((part) => part.includes('**'))
  let found: readonly string[] = ['']
  for (const part of deep === -1 ? parts : parts.slice(0, deep)) {
    const matches = matcherOf(part)
    const next: string[] = []
    for (const folder of found) {
      for (const name of await namesIn(join(projectFolder, folder))) {
        if (matches?.test(name) === true) next.push(posix.join(folder, name))
      }
    }
    found = next
  }
  return found
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return []
    throw error
  }
}
