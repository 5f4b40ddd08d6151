import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'

import type { SerializedError } from '../artifact/manifest.ts'

const DEEPEST_CAUSE = 8
const MOST_FRAMES = 40
const LONGEST_MESSAGE = 16 * 1024
const LONGEST_PROPERTIES = 64 * 1024

export interface SerializeErrorOptions {
  /** The bundle that is being run, where one is: frames in it are relative to its folder. */
  readonly bundle?: string
  /** Hides secrets in a message before it is cut: half a secret is not found any more. Default: hides nothing. */
  readonly redact?: (text: string) => string
}

/** An error as plain JSON: name, message, mapped stack, causes and own properties, each within bounds. */
export function serializeError(thrown: unknown, options: SerializeErrorOptions, depth = 0): SerializedError {
  const { redact = (text) => text } = options
  if (!(thrown instanceof Error)) {
    return { name: 'Error', message: clip(redact(`thrown: ${inspect(thrown, { depth: 2 })}`)) }
  }
  const properties = ownProperties(thrown)
  const stack = framesOf(thrown, options.bundle)
  return {
    name: thrown.name,
    message: clip(redact(thrown.message)),
    ...(stack === '' ? {} : { stack }),
    ...(thrown.cause === undefined || depth >= DEEPEST_CAUSE
      ? {}
      : { cause: serializeError(thrown.cause, options, depth + 1) }),
    ...(properties === undefined ? {} : { properties }),
  }
}

function clip(text: string): string {
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text
}

/** The frames alone, without Sidestep's own: `    at train (src/pipeline.ts:41:11)`. */
function framesOf(error: Error, bundle: string | undefined): string {
  const folders = bundle === undefined ? [] : [`${pathToFileURL(dirname(bundle)).href}/`, `${dirname(bundle)}/`]
  // Where no source map leads to a source, the place is in Sidestep's own part.
  const unmapped = bundle === undefined ? [] : [pathToFileURL(bundle).href, bundle]
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+(at |->)/.test(line) && !unmapped.some((file) => line.includes(file)))
    .map((line) => folders.reduce((text, folder) => text.replace(folder, ''), line))
    .filter((line) => !line.includes('@sidestep/core/') && !line.includes('(node:internal'))
    .slice(0, MOST_FRAMES)
    .join('\n')
}

function ownProperties(error: Error): Record<string, unknown> | undefined {
  const kept: Record<string, unknown> = {}
  let length = 0
  for (const [name, value] of Object.entries(error)) {
    if (name === 'name' || name === 'message' || name === 'stack' || name === 'cause') continue
    const json = jsonOf(value)
    if (json === undefined || length + json.length > LONGEST_PROPERTIES) continue
    length += json.length
    kept[name] = JSON.parse(json)
  }
  return length === 0 ? undefined : kept
}

/** `undefined` for what JSON cannot hold: such a property stays behind. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}
