import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { configError, messageOf } from '@sidestep/core'
import { sanitizeLine } from '../view/sanitize.ts'

export interface InputSources {
  readonly cwd: string
  /** Reads all of stdin. */
  readonly readStdin: () => Promise<string>
}

/**
 * The standard input of this process, to its end. As a stream: a pipe may be one that does not block, and reading it at
 * once fails where whoever writes is slower.
 */
export function readStandardInput(): Promise<string> {
  return text(process.stdin)
}

/**
 * The pipeline's input from `--input`: JSON text, `@file`, or `@-` for stdin; `undefined` where the option is absent.
 * Rejects with a `config` error that shows the place where the text is not JSON.
 */
export async function parseInput(option: string | undefined, { cwd, readStdin }: InputSources): Promise<unknown> {
  if (option === undefined) return undefined
  if (!option.startsWith('@')) return parseJson(option, '--input', 'Quote it for the shell: --input \'{"rows": 10}\'.')
  const name = option.slice(1)
  if (name === '') {
    throw configError('CONFIG_INVALID', '--input @ names no file', 'Write --input @input.json, or @- for stdin.')
  }
  const source = name === '-' ? 'stdin' : name
  let given: string
  try {
    given = await (name === '-' ? readStdin() : readFile(resolve(cwd, name), 'utf8'))
  } catch (error) {
    throw configError(
      'CONFIG_INVALID',
      `--input cannot read ${source}: ${messageOf(error)}`,
      'Name a file that holds JSON: --input @input.json.',
      error,
    )
  }
  const holder = name === '-' ? 'stdin' : 'The file'
  return parseJson(given.replace(/^\uFEFF/, ''), source, `${holder} must hold one JSON document.`)
}

function parseJson(text: string, source: string, hint: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const reason = messageOf(error)
    const { line, column, code } = placeOf(text, reason)
    const why = reason.split(/ in JSON|, (?:\.\.\.)?"/, 1)[0] ?? reason
    throw configError(
      'CONFIG_INVALID',
      `${source} is not JSON, at line ${line}, column ${column}: ${sanitizeLine(why)}\n\n${code}`,
      hint,
    )
  }
}

const CONTEXT = 60

function placeOf(text: string, reason: string): { line: number; column: number; code: string } {
  const position = positionIn(reason) ?? firstBad(text)
  const before = text.slice(0, position).split('\n')
  const column = (before.at(-1)?.length ?? 0) + 1
  const line = text.split('\n')[before.length - 1] ?? ''
  const from = Math.max(0, column - 1 - CONTEXT)
  const shown = line.slice(from, column - 1 + CONTEXT).replaceAll('\t', ' ')
  return { line: before.length, column, code: `${sanitizeLine(shown)}\n${' '.repeat(column - 1 - from)}^` }
}

function positionIn(reason: string): number | undefined {
  const position = /at position (\d+)/.exec(reason)?.[1]
  return position === undefined ? undefined : Number(position)
}

/** Where V8 names no position: the first character after which nothing can make the text JSON again, by bisection. */
function firstBad(text: string): number {
  let good = 0
  let bad = text.length + 1
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2)
    if (canGoOn(text.slice(0, middle))) good = middle
    else bad = middle
  }
  return good
}

function canGoOn(prefix: string): boolean {
  try {
    JSON.parse(prefix)
    return true
  } catch (error) {
    const reason = messageOf(error)
    return reason.startsWith('Unexpected end') || (positionIn(reason) ?? 0) >= prefix.length
  }
}
