import { readFileSync, statSync, type Stats } from 'node:fs'

import { codeOf, configError, messageOf, SidestepError } from '../errors.ts'

/** More is no configuration. */
const MOST_BYTES = 1024 * 1024
const MARK = '\ufeff'

/** A sidestep.yaml as it is on the disk. */
export interface ProjectText {
  readonly bytes: Buffer
  readonly stats: Stats
  /** Whether it begins with a byte order mark. */
  readonly hasMark: boolean
  /** Without the mark. */
  readonly text: string
}

/**
 * `undefined` where there is no such file. Throws `CONFIG_INVALID` where it cannot be read, has more than 1 MiB, or is
 * not UTF-8.
 *
 * @param path what errors call it
 * @param target where it is, if that is elsewhere
 */
export function readProjectText(path: string, target: string = path): ProjectText | undefined {
  const fail = (what: string, hint: string, cause?: unknown): Error =>
    configError('CONFIG_INVALID', `${path} ${what}`, hint, cause)
  let stats: Stats
  let bytes: Buffer
  try {
    stats = statSync(target)
    if (!stats.isFile()) throw fail('is not a file', 'Remove or rename what is there.')
    if (stats.size > MOST_BYTES) {
      const hint = 'It holds components and stacks alone: keep data elsewhere.'
      throw fail(`has ${stats.size} bytes, more than ${MOST_BYTES}`, hint)
    }
    bytes = readFileSync(target)
  } catch (error) {
    if (SidestepError.isInstance(error)) throw error
    if (codeOf(error) === 'ENOENT') return undefined
    throw fail(`cannot be read: ${messageOf(error)}`, 'Let your user read it.', error)
  }
  const text = decoded(bytes, fail)
  const hasMark = text.startsWith(MARK)
  return { bytes, stats, hasMark, text: hasMark ? text.slice(MARK.length) : text }
}

function decoded(bytes: Uint8Array, fail: (what: string, hint: string, cause: unknown) => Error): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (error) {
    const isWide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
    throw fail(`is not UTF-8${isWide ? ', but UTF-16' : ''}`, 'Save it as UTF-8.', error)
  }
}
