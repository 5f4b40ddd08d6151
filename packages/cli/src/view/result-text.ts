import { inspect } from 'node:util'
import { isJsonSafe } from './json-safe.ts'
import { sanitizeText } from './sanitize.ts'

/**
 * A pipeline's result for a reader: a string as it is, what JSON can hold as JSON, everything else as Node shows it.
 * `undefined` where there is nothing to show. On a terminal no escapes get through.
 */
export function resultText(result: unknown, options: { readonly terminal: boolean }): string | undefined {
  if (result === undefined) return undefined
  const text =
    typeof result === 'string' ? result : isJsonSafe(result) ? compactJson(result) : inspect(result, { depth: 10 })
  return options.terminal ? sanitizeText(text) : text
}

function compactJson(value: unknown): string {
  const line = JSON.stringify(value)
  return line.length <= 80 ? line : JSON.stringify(value, null, 2)
}
