import dockerignore from '@balena/dockerignore'

import { layerError, shown } from './layer-error.ts'

/** Patterns of a .dockerignore file; the last one that matches a path or a folder above it decides. */
export interface DockerIgnore {
  /** Whether a path is left out. */
  ignores(path: string): boolean
  /** Whether a `!` pattern may bring back something below an ignored folder. */
  mayKeepBelow(folder: string): boolean
}

/**
 * Everything is matched one folder further down: the library keeps its answers in a plain object, in which a file named
 * `constructor` would find an answer that is none.
 */
const ROOT = 'root'

/** Reads patterns as Docker does. Throws `IMAGE_INVALID` for one that Docker would refuse too, with its line. */
export function dockerIgnore(lines: readonly string[], origin: string): DockerIgnore {
  const rules = dockerignore.default({ ignorecase: false })
  const kept: (readonly string[])[] = []
  for (const [index, line] of lines.entries()) {
    const pattern = readPattern(line, `${origin}:${index + 1}`)
    if (pattern === undefined) continue
    // One at a time, and asked at once, because the library compiles a pattern when it is first needed.
    const text = `${ROOT}/${escaped(pattern.names.join('/'))}`
    try {
      dockerignore.default({ ignorecase: false }).add([text]).ignores(ROOT)
    } catch (error) {
      throw layerError(`${origin}:${index + 1}: ${shown(line)} is no pattern`, undefined, error)
    }
    rules.add([pattern.negated ? `!${text}` : text])
    if (pattern.negated) kept.push(pattern.names)
  }
  return {
    ignores: (path) => rules.ignores(`${ROOT}/${path}`),
    mayKeepBelow: (folder) => kept.some((names) => mayMatchBelow(names, folder.split('/'))),
  }
}

interface Pattern {
  readonly negated: boolean
  readonly names: readonly string[]
}

function readPattern(line: string, place: string): Pattern | undefined {
  const text = line.trim()
  if (text === '' || line.startsWith('#')) return undefined
  const negated = text.startsWith('!')
  const pattern = negated ? text.slice(1).trim() : text
  if (pattern === '') throw layerError(`${place}: "!" needs a pattern behind it`)
  const names: string[] = []
  for (const name of pattern.split('/')) {
    if (name === '' || name === '.') continue
    if (name !== '..') names.push(name)
    // Above the root there is the root; and what leads out of the project matches nothing in it.
    else if (names.pop() === undefined && !pattern.startsWith('/')) return undefined
  }
  return names.length === 0 ? undefined : { negated, names }
}

/** The library puts a pattern into a regular expression, but knows only some of the characters that mean something there. */
function escaped(pattern: string): string {
  return pattern.replaceAll(/\\.|\[(?:\\.|[^\]\\])*\]|[+(){}|^]/gsu, (part) => (part.length === 1 ? `\\${part}` : part))
}

/** By the names that hold no wildcard: a folder that none of them rules out has to be looked into. */
function mayMatchBelow(pattern: readonly string[], folder: readonly string[]): boolean {
  for (const [index, name] of folder.entries()) {
    const part = pattern[index]
    if (part === undefined || part.includes('**')) return true
    if (!/[*?[\\]/.test(part) && part !== name) return false
  }
  return true
}
