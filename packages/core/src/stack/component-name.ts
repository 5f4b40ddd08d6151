import { configError } from '../errors.ts'

/** What names are given to in sidestep.yaml, on the command line and in code. */
export type NamedThing = 'component' | 'stack' | 'flavor' | 'pipeline'

const LONGEST = 63
/** What a name must match; part of the schema for editors. */
export const NAME_PATTERN: RegExp = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/
const RULE =
  'A name begins with a letter or a digit of ASCII; letters, digits, "_", "." and "-" may follow, 63 characters at most.'
const SHOWN = 40

/** Throws `NAME_INVALID` with what is wrong with the name, and the rule. */
export function checkName(kind: NamedThing, name: string): void {
  const wrong = whatIsWrong(name)
  if (wrong === undefined) return
  throw configError('NAME_INVALID', `${quoted(name)} cannot be the name of a ${kind}: it ${wrong}`, RULE)
}

/** A name that a user gave, for a message: quoted, cut, and with what a terminal would obey escaped. */
export function quoted(name: string): string {
  const characters = [...name]
  const shown = characters.slice(0, SHOWN).join('') + (characters.length > SHOWN ? '…' : '')
  return escaped(JSON.stringify(shown))
}

/** As a verb phrase; `undefined` where nothing is. */
function whatIsWrong(name: string): string | undefined {
  if (NAME_PATTERN.test(name)) return undefined
  if (name === '') return 'is empty'
  const stranger = /[^A-Za-z0-9_.-]/u.exec(name)?.[0]
  if (stranger !== undefined) return stranger === ' ' ? 'holds a space' : `holds ${escaped(JSON.stringify(stranger))}`
  const [first = ''] = name
  if (!/[A-Za-z0-9]/.test(first)) return `begins with "${first}"`
  return `has ${name.length} characters, more than ${LONGEST}`
}

/** What JSON leaves as it is and a terminal may not: controls, marks that turn the direction, lone surrogates. */
function escaped(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}
