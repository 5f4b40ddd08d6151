/** As headers are written: each byte of the text in UTF-8 is a character. */
export function inUtf8(text: string): string
export function inUtf8(text: string | undefined): string | undefined
export function inUtf8(text: string | undefined): string | undefined {
  return text === undefined ? undefined : Buffer.from(text).toString('latin1')
}
