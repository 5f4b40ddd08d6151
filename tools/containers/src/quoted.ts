/** A value as one word of shell code. */
export function quoted(value: string): string {
  return /^[\w.:/@-]+$/u.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`
}
