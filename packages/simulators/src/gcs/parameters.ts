import { invalid } from './gcs-error.ts'

/**
 * A text of the query; `undefined` where it is absent or empty: the client for Go sends all parameters that an operation has, those that
 * nobody set too.
 */
export function textParameter(query: URLSearchParams, name: string): string | undefined {
  const text = query.get(name)
  return text === null || text === '' ? undefined : text
}

/** A whole number of the query, at least 0; `undefined` where it is absent. Throws a 400 for anything else. */
export function integerParameter(query: URLSearchParams, name: string): number | undefined {
  const text = textParameter(query, name)
  if (text === undefined) return undefined
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw invalid(`Invalid value '${text}' for '${name}'`, name)
  return value
}

/** False where it is absent. The client for Python writes `True`. Throws a 400 for what is neither of the two words. */
export function booleanParameter(query: URLSearchParams, name: string): boolean {
  const text = textParameter(query, name) ?? 'false'
  if (!/^(?:true|false)$/i.test(text)) throw invalid(`Invalid boolean value: '${text}'`, name)
  return text.toLowerCase() === 'true'
}

/** Of what a list was asked for: at most 1000, which is the default too. Throws a 400 for 0 and for what is no number. */
export function pageSizeParameter(query: URLSearchParams): number {
  const size = integerParameter(query, 'maxResults') ?? MAX_PAGE_SIZE
  if (size === 0) throw invalid("Invalid value '0' for 'maxResults'", 'maxResults')
  return Math.min(size, MAX_PAGE_SIZE)
}

const MAX_PAGE_SIZE = 1000
