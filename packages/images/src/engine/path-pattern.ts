/** Marks what no class can match, or leaves out. */
const NOTHING = '(?!)'

/** Whether a source of COPY and ADD means more than the path that it is. */
export function isPattern(source: string): boolean {
  return /[*?[\\]/u.test(source)
}

/**
 * What a source of COPY and ADD matches, as Go's `path.Match` reads it: the path itself, and all that lies below it.
 * `**` is any number of folders: builders that know it copy them, and for others it is too much, which harms nobody.
 * `undefined`: it is no pattern.
 */
export function matcherOf(pattern: string): RegExp | undefined {
  let text = ''
  for (let rest = pattern; rest !== '';) {
    const [read, meaning] = piece(rest)
    if (meaning === undefined) return undefined
    text += meaning
    rest = rest.slice(read)
  }
  return new RegExp(`^${text}(?:/.*)?$`, 'su')
}

/** How much of a pattern belongs together, and what it means. */
function piece(rest: string): readonly [length: number, meaning: string | undefined] {
  if (rest.startsWith('**/')) return [3, '(?:.*/)?']
  if (rest.startsWith('**')) return [2, '.*']
  if (rest.startsWith('*')) return [1, '[^/]*']
  if (rest.startsWith('?')) return [1, '[^/]']
  if (rest.startsWith('[')) return characterClass(rest)
  const escape = rest.startsWith('\\') ? 1 : 0
  const code = rest.codePointAt(escape)
  if (code === undefined) return [escape, undefined]
  const character = String.fromCodePoint(code)
  return [escape + character.length, literal(character)]
}

/** `[a-z\]]`, `[^0-9]`. A range that ends before it begins holds nothing. */
function characterClass(rest: string): readonly [length: number, meaning: string | undefined] {
  const [all = '', not = '', inside = ''] =
    /^\[(\^?)((?:(?:\\[\s\S]|[^\\\]-])(?:-(?:\\[\s\S]|[^\\\]-]))?)+)\]/u.exec(rest) ?? []
  if (all === '') return [1, undefined]
  const ranges = [...inside.matchAll(/\\?([\s\S])(?:-\\?([\s\S]))?/gu)].map(([, low = '', high = low]) => [low, high])
  const text = ranges
    .filter(([low = '', high = '']) => codeOf(low) <= codeOf(high))
    .map(([low = '', high = '']) => `${literal(low)}-${literal(high)}`)
    .join('')
  if (not !== '') return [all.length, `[^/${text}]`]
  return [all.length, text === '' ? NOTHING : `[${text}]`]
}

function literal(character: string): string {
  return `\\u{${codeOf(character).toString(16)}}`
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0
}
