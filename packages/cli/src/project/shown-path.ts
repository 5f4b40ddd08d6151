import { relative } from 'node:path'

/** A file as messages name it: relative to the working directory. */
export function shownPath(path: string): string {
  return relative(process.cwd(), path)
}
