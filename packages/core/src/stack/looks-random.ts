/** So few characters may change their kind by chance. */
const SHORTEST = 12
/** Of neighbours that are of one kind or of two: words are far below, random letters and digits about 0.6. */
const MOST_IN_WORDS = 0.25

/** Whether letters of both cases and digits change too often for words. */
export function looksRandom(text: string): boolean {
  const kinds = [...text].map(kindOf).filter((kind) => kind !== undefined)
  if (kinds.length < SHORTEST) return false
  const changes = kinds.filter((kind, index) => index > 0 && kind !== kinds[index - 1]).length
  return new Set(kinds).size > 1 && changes / kinds.length > MOST_IN_WORDS
}

function kindOf(character: string): 'lower' | 'upper' | 'digit' | undefined {
  if (/[a-z]/.test(character)) return 'lower'
  if (/[A-Z]/.test(character)) return 'upper'
  return /\d/.test(character) ? 'digit' : undefined
}
