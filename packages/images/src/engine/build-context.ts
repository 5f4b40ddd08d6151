import { createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, symlink } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { pipeline } from 'node:stream/promises'

import { codeOf, configError } from '@sidestep/core'

import { entriesOfFolder } from '../layer/entries-of-folder.ts'
import { IgnoreRules } from '../layer/ignore-rules.ts'
import type { LayerEntry } from '../layer/layer.ts'

/** What a Dockerfile of a project copies. */
export interface BuildContext {
  readonly projectFolder: string
  /** Relative to the project. */
  readonly dockerfile: string
  /** As `parseDockerfile` gives them. */
  readonly sources: readonly string[]
  readonly signal: AbortSignal
}

/**
 * The files of a project that a build gets: those that its Dockerfile copies, without what `.dockerignore` names and
 * without secrets. So a change of any other file does not build again. Rejects with `IMAGE_INVALID` for what is not there.
 */
export async function contextEntries({
  projectFolder,
  dockerfile,
  sources,
  signal,
}: BuildContext): Promise<readonly LayerEntry[]> {
  const rules = await rulesOf(projectFolder, dockerfile)
  const entries = new Map<string, LayerEntry>()
  for (const source of sources) {
    for (const path of await expand(source, { projectFolder, rules, dockerfile })) {
      const leaveOut = rules.below(path)
      for await (const entry of entriesOfFolder(projectFolder, { below: '', path, leaveOut, signal })) {
        entries.set(entry.path, entry)
      }
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

/** BuildKit takes the rules of `<Dockerfile>.dockerignore` where it is there. */
async function rulesOf(projectFolder: string, dockerfile: string): Promise<IgnoreRules> {
  const path = join(projectFolder, `${dockerfile}.dockerignore`)
  try {
    return new IgnoreRules((await readFile(path, 'utf8')).split(/\r?\n/u), path)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    return IgnoreRules.read(projectFolder)
  }
}

interface Expand {
  readonly projectFolder: string
  readonly rules: IgnoreRules
  readonly dockerfile: string
}

/** The paths of a source, which has wildcards as Go's `filepath.Match` knows them. */
async function expand(source: string, { projectFolder, rules, dockerfile }: Expand): Promise<readonly string[]> {
  // Docker's root is the context's: nothing above it can be named.
  const path = posix.normalize(`/${source}`).replaceAll(/^\/+|\/+$/gu, '')
  if (!/[*?[\\]/u.test(path)) return [path]
  let found: readonly string[] = ['']
  for (const part of path.split('/')) {
    const pattern = patternOf(part)
    const next: string[] = []
    for (const folder of found) {
      for (const name of await namesIn(join(projectFolder, folder))) {
        if (pattern.test(name)) next.push(posix.join(folder, name))
      }
    }
    found = next
  }
  const kept = found.filter((it) => rules.reason(it) === undefined)
  if (kept.length > 0) return kept
  throw configError(
    'IMAGE_INVALID',
    `${dockerfile} copies ${source}, which is no file of the project that may go into an image`,
    'Paths are relative to the folder of package.json; secrets and what .dockerignore names stay out.',
  )
}

function patternOf(part: string): RegExp {
  const text = part.replaceAll(/\\.|\[\^?[^\]]*\]|[\s\S]/gu, (it) => {
    if (it === '*') return '.*'
    if (it === '?') return '.'
    if (it.length > 1 && it.startsWith('[')) return it
    return escaped(it)
  })
  return new RegExp(`^${text}$`, 'su')
}

function escaped(text: string): string {
  const plain = text.length > 1 && text.startsWith('\\') ? text.slice(1) : text
  return plain.replaceAll(/[$()*+./?[\\\]^{|}]/gu, String.raw`\$&`)
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return []
    throw error
  }
}
