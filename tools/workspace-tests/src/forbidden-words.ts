import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Paths that exist on one machine only, and so say nothing to a reader. Put together so that this file passes. */
export const forbiddenWords: readonly string[] = [`${'/'}work/`, `${'/'}farm/`, `..${'/'}shared`]

/** Where files of `root` contain one of `words`. Binary files are not read. */
export function forbiddenWordProblems(root: string, files: readonly string[], words: readonly string[]): string[] {
  const problems: string[] = []
  for (const file of files) {
    const content = readFileSync(join(root, file))
    if (content.includes(0)) continue
    for (const [index, line] of content.toString('utf8').split('\n').entries()) {
      for (const word of words) {
        if (line.includes(word)) problems.push(`${file}:${index + 1}: contains ${word}`)
      }
    }
  }
  return problems
}
