import { validateHeaderValue } from 'node:http'

/** What an answer has before its body. Several texts are several headers of one name. */
export type AnswerHeaders = Readonly<Record<string, string | number | string[]>>

/** Throws a `TypeError` for what cannot be sent. Before anything of the answer is out, that is a mistake that can still be answered. */
export function checkHeaders(headers: AnswerHeaders): void {
  for (const [name, value] of Object.entries(headers)) {
    for (const one of [value].flat()) validateHeaderValue(name, String(one))
  }
}

/** With the length at their end: after it, Node.js takes no disposition with a letter beyond ASCII. */
export function withLengthLast({ 'Content-Length': length, ...others }: AnswerHeaders): AnswerHeaders {
  return { ...others, ...(length !== undefined && { 'Content-Length': length }) }
}
