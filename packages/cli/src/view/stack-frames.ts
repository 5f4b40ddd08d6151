import { fileURLToPath } from 'node:url'

/** One line of a stack trace that names a file. */
export interface StackFrame {
  /** Absolute, or relative to the project's folder for an error that came back from a job. */
  readonly file: string
  readonly line: number
  readonly column: number
}

const PLACE = /^\s*at (?:.*?\()?(?<file>[^()]+?):(?<line>\d+):(?<column>\d+)\)?$/

/** What Node puts before the trace of a syntax error: the place, the code, and a caret below it. */
const HEADER = /^(?<file>(?:file:\/\/)?\/[^\n]*):(?<line>\d+)\n[\s\S]*?\n(?<caret>\s*)\^/

/** The frames of a V8 stack trace in files, innermost first. */
export function framesOf(stack: string): StackFrame[] {
  const frames: StackFrame[] = []
  const { file: headFile, line: headLine, caret = '' } = HEADER.exec(stack.slice(0, 4096))?.groups ?? {}
  if (headFile !== undefined) frames.push({ file: pathOf(headFile), line: Number(headLine), column: caret.length + 1 })
  for (const text of stack.split('\n', 200)) {
    if (text.length > 4096) continue
    const { file, line, column } = PLACE.exec(text)?.groups ?? {}
    if (file === undefined || file.startsWith('node:') || file === '<anonymous>') continue
    frames.push({ file: pathOf(file.replace(/^async /, '')), line: Number(line), column: Number(column) })
  }
  return frames
}

function pathOf(file: string): string {
  if (!file.startsWith('file:')) return file
  try {
    return fileURLToPath(file)
  } catch {
    // A file URL of another system: shown as it is.
    return file
  }
}
