import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'

import type { Bundle } from '../bundle/bundle-module.ts'
import { isOwnSource } from '../bundle/reachable.ts'
import { sha256 } from '../canonical.ts'
import { codeOf, configError } from '../errors.ts'
import type { RunCode } from '../journal/run-record.ts'

/** A path and the sha256 of what lies there. */
type Source = readonly [path: string, sha256: string]

/** The code of a run that has no bundle: the files that are known to be part of it. */
export async function codeOfFiles(files: readonly string[], projectFolder: string): Promise<RunCode> {
  const sources = await Promise.all([...new Set(files)].map((file) => sourceOf(file, projectFolder)))
  return { version: 1, sources: sources.filter((source) => source !== undefined).toSorted(byPath) }
}

/** The code of a run that has a bundle: all of it but Sidestep's own, so that an upgrade changes nothing. */
export function codeOfBundle({ sha256: bundleSha256, modules }: Bundle): RunCode {
  const sources = [...modules].flatMap(([path, module]): Source[] => (isOwnSource(path) ? [] : [[path, module.sha256]]))
  return { version: 1, bundleSha256, sources: sources.toSorted(byPath) }
}

/** Throws `CODE_CHANGED` with what changed, where something did. */
export function checkSameCode(runId: string, before: RunCode, now: RunCode): void {
  const old = new Map(before.sources)
  const current = new Map(now.sources)
  const lines = [
    ...[...current].flatMap(([path, hash]) => {
      const known = old.get(path)
      return known === hash ? [] : [known === undefined ? `added    ${path}` : `changed  ${path}`]
    }),
    ...[...old.keys()].flatMap((path) => (current.has(path) ? [] : [`removed  ${path}`])),
  ]
  if (lines.length === 0) return
  throw configError(
    'CODE_CHANGED',
    `the code of the run ${runId} is not the one that it began with:\n${lines.map((line) => `  ${line}`).join('\n')}`,
    'Resume it with --with-current-code (`withCurrentCode`), which keeps what is finished and what runs; or with the code that it began with.',
  )
}

async function sourceOf(file: string, projectFolder: string): Promise<Source | undefined> {
  try {
    return [relative(projectFolder, file), sha256(await readFile(file))]
  } catch (error) {
    // Code that was evaluated from a string, or of a program that is one executable.
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function byPath([one]: Source, [other]: Source): number {
  return one < other ? -1 : 1
}
