import { posix } from 'node:path'

/** As the kernel has it. */
const MOST_LINKS = 40

/** Where a path leads to. */
export interface WayThroughLinks {
  /** Relative to the root, without links. */
  readonly path: string
  /** The links that it went through. */
  readonly links: readonly string[]
}

/**
 * Follows the links of an image in all parts of a path. `targetOf` is what stands in the link at a path, `undefined` for
 * anything else. `undefined`: there are too many, as where they go round in circles. Nothing leads out of the root. Pure.
 */
export function wayThroughLinks(
  path: string,
  targetOf: (path: string) => string | undefined,
): WayThroughLinks | undefined {
  let left = names(path)
  let done: string[] = []
  const links: string[] = []
  while (left.length > 0) {
    const [name = '', ...rest] = left
    left = rest
    if (name === '..') {
      done = done.slice(0, -1)
      continue
    }
    const here = [...done, name].join('/')
    const target = targetOf(here)
    if (target === undefined) {
      done = [...done, name]
      continue
    }
    if (links.length === MOST_LINKS) return undefined
    links.push(here)
    if (posix.isAbsolute(target)) done = []
    left = [...names(target), ...left]
  }
  return { path: done.join('/'), links }
}

function names(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.')
}
