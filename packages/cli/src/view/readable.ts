import { sanitizeLine } from './sanitize.ts'

/** Arrays of plain values up to so many columns stay on one line. */
const MAX_COLUMNS = 100

/** Longer text is cut: a lock file as a value says nothing to people. */
const MAX_TEXT = 200

/** Text that YAML would read as something else, or not at all, is quoted as JSON. */
const PLAIN_TEXT = /^(?!(?:true|false|null|yes|no|on|off)$)(?:[A-Za-z/<.]|--?[A-Za-z])[\w ./<>@:+=$,{}()-]*$/i

/** Plain JSON as people read it, like YAML: an object's keys line by line, what is in them indented. */
export function readableLines(value: object): string[] {
  return Array.isArray(value) ? itemLines(value) : Object.entries(value).flatMap(([key, item]) => entryLines(key, item))
}

function entryLines(key: string, value: unknown): string[] {
  const name = scalar(key)
  if (!isObject(value)) return [`${name}: ${scalar(value)}`]
  const line = short(value)
  return line === undefined ? [`${name}:`, ...indent(readableLines(value))] : [`${name}: ${line}`]
}

function itemLines(items: readonly unknown[]): string[] {
  return items.flatMap((item) => {
    if (!isObject(item)) return [`- ${scalar(item)}`]
    const [first = '', ...rest] = short(item) === undefined ? readableLines(item) : [short(item) ?? '']
    return [`- ${first}`, ...indent(rest)]
  })
}

/** What fits on one line: an empty object, and an array of plain values. */
function short(value: object): string | undefined {
  if (!Array.isArray(value)) return Object.keys(value).length === 0 ? '{}' : undefined
  if (value.some(isObject)) return undefined
  const line = `[${value.map((item) => scalar(item, ',')).join(', ')}]`
  return line.length <= MAX_COLUMNS ? line : undefined
}

function scalar(value: unknown, separator?: string): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? String(value)
  if (value.length > MAX_TEXT) {
    return `${sanitizeLine(JSON.stringify(value.slice(0, MAX_TEXT / 2)))}… (${value.length} characters)`
  }
  const isPlain =
    PLAIN_TEXT.test(value) &&
    !value.endsWith(' ') &&
    !value.includes(': ') &&
    !(separator !== undefined && value.includes(separator))
  return isPlain ? value : sanitizeLine(JSON.stringify(value))
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
