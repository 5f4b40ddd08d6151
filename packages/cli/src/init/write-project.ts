import { lstatSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { configError, messageOf } from '@sidestep/core/project'

export interface PlannedFile {
  /** Relative to the folder of the project. */
  readonly path: string
  /** What it is to be, from what it is; the same text leaves it alone. */
  readonly text: (before: string | undefined) => string
}

export interface WrittenFile {
  readonly path: string
  readonly action: 'written' | 'changed' | 'left'
}

/**
 * Writes the files of a project, and makes the folders that they need. Throws `CONFIG_INVALID` where one cannot be
 * written; then everything is as it was before.
 */
export function writeProject(folder: string, files: readonly PlannedFile[]): readonly WrittenFile[] {
  const undo: (() => void)[] = []
  let at = folder
  try {
    makeFolder(folder, undo)
    return files.map(({ path, text }) => {
      at = join(folder, path)
      const before = readText(at)
      const after = text(before)
      if (after === before) return { path, action: 'left' }
      makeFolder(dirname(at), undo)
      if (before === undefined) {
        // Not over a file that somebody has made in between.
        writeFileSync(at, after, { flag: 'wx' })
        undo.push(remover(at))
        return { path, action: 'written' }
      }
      replaceFile(at, after)
      undo.push(restorer(at, before))
      return { path, action: 'changed' }
    })
  } catch (error) {
    for (const step of undo.toReversed()) step()
    throw configError(
      'CONFIG_INVALID',
      `${at} cannot be written: ${messageOf(error)}`,
      'Nothing was written. Take a folder that you can write to, on a disk with room.',
      error,
    )
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    // A link that leads nowhere is something that is there.
    if (missing && lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined
    throw error
  }
}

function makeFolder(path: string, undo: (() => void)[]): void {
  const first = mkdirSync(path, { recursive: true })
  if (first === undefined) return
  undo.push(() => {
    // Only those that are made here, and nobody has put anything into.
    for (let made = path; made.length >= first.length; made = dirname(made)) {
      try {
        rmdirSync(made)
      } catch {
        return
      }
    }
  })
}

function replaceFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(temporary, text, { flag: 'wx', mode: statSync(path).mode })
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

function remover(path: string): () => void {
  return () => rmSync(path, { force: true })
}

function restorer(path: string, text: string): () => void {
  return () => replaceFile(path, text)
}
