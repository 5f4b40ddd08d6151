import { join } from 'node:path'

/** Every name that starts with it is the store's own: the encoder never writes a `%` before a `t`. */
export const OWN_PREFIX = '%tmp'

/** File systems take names of 255 bytes: a part that is longer when encoded goes on in a folder below it. */
const LONGEST_NAME = 200
/** Ends the name of such a folder; an escape is never only a `%`. */
const CONTINUED = '%'

/**
 * The path of a key below a store's folder. Letters, digits and common signs stay readable; everything else is
 * percent-encoded, so that no two keys share a path and no key leaves the folder.
 */
export function pathOfKey(key: string): string {
  return join(...key.split('/').flatMap(namesOfPart))
}

/** The key behind a path that {@link pathOfKey} made, given as its names; `undefined` for any other path. */
export function keyOfNames(names: readonly string[]): string | undefined {
  const parts = ['']
  for (const [index, name] of names.entries()) {
    const goesOn = name.endsWith(CONTINUED)
    const piece = decode(goesOn ? name.slice(0, -CONTINUED.length) : name)
    if (piece === undefined) return undefined
    parts.push(`${parts.pop() ?? ''}${piece}`)
    if (!goesOn && index < names.length - 1) parts.push('')
  }
  const key = parts.join('/')
  return pathOfKey(key) === join(...names) ? key : undefined
}

function namesOfPart(part: string): string[] {
  const names: string[] = []
  let name = ''
  for (const character of part) {
    const encoded = encodeCharacter(character)
    if (name.length + encoded.length > LONGEST_NAME) {
      names.push(name + CONTINUED)
      name = ''
    }
    name += encoded
  }
  return [...names, name]
}

function encodeCharacter(character: string): string {
  if (/^[\w.,=@+~ -]$/.test(character)) return character
  // Half of a surrogate pair has no UTF-8, and still is a character that a key may hold.
  if (!character.isWellFormed()) return `%u${character.charCodeAt(0).toString(16).toUpperCase()}`
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}

function decode(encoded: string): string | undefined {
  try {
    return encoded
      .split(/(%u[0-9A-F]{4})/)
      .map(decodePiece)
      .join('')
  } catch {
    // Not an encoding at all: somebody else's file.
    return undefined
  }
}

function decodePiece(piece: string): string {
  return piece.startsWith('%u') ? String.fromCharCode(Number.parseInt(piece.slice(2), 16)) : decodeURIComponent(piece)
}
