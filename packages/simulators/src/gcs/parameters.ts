import { invalid } from './gcs-error.ts'

/** A whole number of the query, at least 0; `undefined` where it is absent. Throws a 400 for anything else. */
export function integerParameter(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw invalid(`Invalid value '${text}' for '${name}'`, name)
  return value
}

/** False where it is absent. Throws a 400 for what is neither `true` nor `false`. */
export function booleanParameter(query: URLSearchParams, name: string): boolean {
  const text = query.get(name) ?? 'false'
  if (text !== 'true' && text !== 'false') throw invalid(`Invalid boolean value: '${text}'`, name)
  return text === 'true'
}

/** Of what a list was asked for: at most 1000, which is the default too. Throws a 400 for 0 and for what is no number. */
export function pageSizeParameter(query: URLSearchParams): number {
  const size = integerParameter(query, 'maxResults') ?? MAX_PAGE_SIZE
  if (size === 0) throw invalid("Invalid value '0' for 'maxResults'", 'maxResults')
  return Math.min(size, MAX_PAGE_SIZE)
}

const MAX_PAGE_SIZE = 1000
