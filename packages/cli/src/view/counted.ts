/** A number of things, in words: `1 problem`, `2 problems`. */
export function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
