import type { Writable } from 'node:stream'
import { styleText } from 'node:util'
import { isTerminal, type StandardStream } from '../standard-streams.ts'

type Format = Parameters<typeof styleText>[0]

/** Gives text a colour or weight where the stream shows it; elsewhere the text comes back as it is. */
export type Style = (format: Format, text: string) => string

/** Follows `NO_COLOR`, `FORCE_COLOR` and whether the stream is a terminal. */
export function styleFor(stream: StandardStream | Writable): Style {
  if (typeof stream !== 'string') return (format, text) => styleText(format, text, { stream })
  if (process.env['FORCE_COLOR'] === undefined && !isTerminal(stream)) return plain
  return styleFor(process[stream])
}

/** Never an escape. */
export const plain: Style = (_format, text) => text
