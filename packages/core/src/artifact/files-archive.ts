import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { packTar, unpackTar, type TarSource } from 'modern-tar/fs'

import { configError, SidestepError } from '../errors.ts'
import type { ArtifactStore } from './artifact-store.ts'
import { filesKey } from './layout.ts'
import { persist } from './persist.ts'
import { writeFileFrom } from './write-file.ts'

/** Never packed: version control, installed packages, caches, and the usual files of secrets. */
const LEFT_OUT = /^(\.git|\.hg|\.svn|node_modules|__pycache__|\.venv|\.sidestep|\.DS_Store|\.env(\..+)?|.+\.pem)$/

export interface FilesArchive {
  readonly key: string
  readonly sha256: string
}

/**
 * Packs files and folders into one tar in the store. A folder named with a slash at its end gives its contents, one
 * without gives itself, as for `rsync`. The same files give the same archive on every machine.
 */
export async function packFiles(
  paths: readonly string[],
  options: { readonly base: string; readonly store: ArtifactStore; readonly signal?: AbortSignal },
): Promise<FilesArchive> {
  const { base, store, signal } = options
  const sources = (await Promise.all(paths.map((path) => sourcesOf(path, base)))).flat()
  const byTarget = new Map(sources.map((source) => [source.target, source]))
  const sorted = [...byTarget.values()].toSorted((a, b) => (a.target < b.target ? -1 : 1))
  const folder = await mkdtemp(join(tmpdir(), 'sidestep-files-'))
  try {
    const file = join(folder, 'files.tar')
    await writeFileFrom(file, packTar(sorted), signal === undefined ? {} : { signal })
    const sha256 = await hashOf(file)
    const key = filesKey(sha256)
    const call = signal === undefined ? {} : { signal }
    if ((await store.stat(key, call)) === undefined) {
      // Every try reads the file anew, as a store that tries again by itself could not.
      await persist(() => store.put(key, createReadStream(file), call), call)
    }
    return { key, sha256 }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Unpacks an archive into a folder. Rejects, before anything is used, where its bytes are not the ones packed. */
export async function unpackFiles(archive: FilesArchive, folder: string, store: ArtifactStore): Promise<void> {
  const stream = await store.read(archive.key)
  if (stream === undefined) {
    throw new SidestepError(`there is no ${store.uri}/${archive.key}`, { code: 'ARTIFACT_MISSING', kind: 'infra' })
  }
  const hash = createHash('sha256')
  const hashed = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream) {
      hash.update(chunk)
      yield chunk
    }
  }
  await pipeline(Readable.from(hashed()), unpackTar(folder))
  const found = hash.digest('hex')
  if (found !== archive.sha256) {
    throw new SidestepError(`${store.uri}/${archive.key} is damaged: its sha256 is ${found}, not ${archive.sha256}`, {
      code: 'ARTIFACT_CORRUPT',
      kind: 'infra',
    })
  }
}

async function sourcesOf(path: string, base: string): Promise<readonly TarSource[]> {
  const source = resolve(base, path)
  const info = await stat(source).catch((error: unknown) => {
    throw configError(
      'CONFIG_INVALID',
      `${path} is among the files of a command step and cannot be read in ${base}`,
      'Paths are relative to the file that calls commandStep().',
      error,
    )
  })
  if (!info.isDirectory()) return [fileSource(source, basename(source), info.mode)]
  return folderSources(source, path.endsWith('/') ? '' : `${basename(source)}/`)
}

async function folderSources(folder: string, prefix: string): Promise<readonly TarSource[]> {
  const entries = await readdir(folder)
  const nested = entries
    .filter((name) => !LEFT_OUT.test(name))
    .map(async (name): Promise<readonly TarSource[]> => {
      const source = join(folder, name)
      const info = await stat(source)
      if (info.isDirectory()) return folderSources(source, `${prefix}${name}/`)
      return info.isFile() ? [fileSource(source, `${prefix}${name}`, info.mode)] : []
    })
  return (await Promise.all(nested)).flat()
}

function fileSource(source: string, target: string, mode: number): TarSource {
  const executable = (mode & 0o111) !== 0
  return {
    type: 'file',
    source,
    target,
    mode: executable ? 0o755 : 0o644,
    mtime: new Date(0),
    uid: 0,
    gid: 0,
    uname: '',
    gname: '',
  }
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}
