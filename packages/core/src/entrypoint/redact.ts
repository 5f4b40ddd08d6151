import { inspect } from 'node:util'

import type { SerializedError } from '../artifact/manifest.ts'

/** Shorter values are left alone: hiding every `1` would make a log unreadable and protect nothing. */
const SHORTEST_SECRET = 6

/**
 * Gives a function that puts `***` in the place of every secret value (and of every line of a longer one), as it is and
 * as JSON and `inspect` print it.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const hidden = secrets
    .flatMap((secret) => [secret, ...secret.split(/\r?\n/)])
    .filter((part) => part.trim().length >= SHORTEST_SECRET)
    .flatMap((part) => [part, unquote(JSON.stringify(part)), unquote(inspect(part, WHOLE))])
  const longestFirst = [...new Set(hidden)].toSorted((a, b) => b.length - a.length)
  if (longestFirst.length === 0) return (text) => text
  return (text) => longestFirst.reduce((result, secret) => result.replaceAll(secret, '***'), text)
}

/** A string is neither broken into lines nor cut. */
const WHOLE = { breakLength: Number.POSITIVE_INFINITY, maxStringLength: Number.POSITIVE_INFINITY }

function unquote(text: string): string {
  return text.slice(1, -1)
}

/** The same error with the secrets hidden wherever a user's text may stand. */
export function redactError(error: SerializedError, redact: (text: string) => string): SerializedError {
  const { name, message, stack, cause, properties } = error
  return {
    name: redact(name),
    message: redact(message),
    ...(stack === undefined ? {} : { stack: redact(stack) }),
    ...(cause === undefined ? {} : { cause: redactError(cause, redact) }),
    ...(properties === undefined ? {} : { properties: redactJson(properties, redact) as Record<string, unknown> }),
  }
}

/**
 * The same with the secrets hidden in every string. Over the values, never over their JSON: there a secret with a quote or a line
 * break looks different.
 */
export function redactJson(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => redactJson(item, redact))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [redact(key), redactJson(item, redact)]))
}
