import { readFileSync } from 'node:fs'
import { isAbsolute, join, relative, sep } from 'node:path'
import type { StackFrame } from './stack-frames.ts'
import { framesOf } from './stack-frames.ts'

/** A place in the user's own code. */
export interface SourceLocation {
  /** As shown: relative to the working directory where it lies below it. */
  readonly path: string
  readonly line: number
  readonly column: number
  /** The text of that line, where the file can be read. */
  readonly code?: string
}

/** Finds where in the user's own code an error came from. */
export type Locate = (stack: string) => SourceLocation | undefined

export interface LocateOptions {
  readonly cwd: string
  /** Folders that relative paths of a stack may start from. */
  readonly roots: readonly string[]
  /** Folders of code that is not the user's, beside every node_modules. */
  readonly foreign: readonly string[]
}

export function createLocate({ cwd, roots, foreign }: LocateOptions): Locate {
  const isUsers = (file: string): boolean =>
    !file.split(sep).includes('node_modules') && !foreign.some((folder) => file.startsWith(folder + sep))
  return (stack) => {
    for (const frame of framesOf(stack)) {
      const candidates = isAbsolute(frame.file) ? [frame.file] : roots.map((root) => join(root, frame.file))
      if (!candidates.some(isUsers)) continue
      const found = candidates.flatMap((file) => readable(file, frame)).at(0)
      const below = relative(cwd, found?.file ?? frame.file)
      const path =
        found === undefined || below.startsWith('..') || isAbsolute(below) ? (found?.file ?? frame.file) : below
      return {
        path,
        line: frame.line,
        column: frame.column,
        ...(found?.code === undefined ? {} : { code: found.code }),
      }
    }
    return undefined
  }
}

function readable(file: string, { line }: StackFrame): { readonly file: string; readonly code: string | undefined }[] {
  try {
    return [{ file, code: readFileSync(file, 'utf8').split('\n', line)[line - 1] }]
  } catch {
    // The report names the place without showing it.
    return []
  }
}
