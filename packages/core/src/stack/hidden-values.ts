import { inspect } from 'node:util'

import type { StackComponent } from './component.ts'

/** Puts something else in the place of values that must not be shown, stored or printed. */
export interface Hider {
  text(text: string): string
  /** What was thrown, hidden in place: message, stack, hint, causes and whatever else it carries. Gives it back. */
  thrown(error: unknown): unknown
}

/** Shorter ones would be found in every message, and are no secrets. */
const SHORTEST = 4
const DEEPEST = 8
/** What programs decide by: a value that is spelt as one of these is no secret. A job's handle finds it again. */
const KEPT: ReadonlySet<string> = new Set(['name', 'code', 'kind', 'job'])

/** Hides each value, and each of its lines, as it is and as JSON and a URL have it; `instead` stands in its place. */
export function hiderOf(values: Iterable<readonly [value: string, instead: string]>): Hider {
  const hidden = [...values]
    .flatMap(([value, instead]) => formsOf(value).map((form) => [form, instead] as const))
    .filter(([form]) => form.length >= SHORTEST)
    .toSorted(([a], [b]) => b.length - a.length)
  if (hidden.length === 0) return NOTHING_HIDDEN
  const text = (shown: string): string =>
    hidden.reduce((rest, [form, instead]) => rest.replaceAll(form, () => instead), shown)
  return { text, thrown: (error) => hideIn(error, text, []) }
}

/** Of what came from the environment, by the variable's name: the reference stands in its place. */
export function referencesOf(
  values: ReadonlyMap<string, string>,
): readonly (readonly [value: string, instead: string])[] {
  return [...values].map(([name, value]) => [value, `\${env:${name}}`])
}

const NOTHING_HIDDEN: Hider = { text: (text) => text, thrown: (error) => error }

const HIDER = Symbol.for('sidestep.hidden-values@1')

/** Keeps with a component what its configuration took from the environment, for what its own code throws later. */
export function keepHider(component: StackComponent, hider: Hider): void {
  if (hider !== NOTHING_HIDDEN) Object.defineProperty(component, HIDER, { value: hider })
}

/** Of a component that a flavor made. One that was given as an instance hides nothing: its values are unknown. */
export function hiderFor(component: StackComponent<any>): Hider {
  return (component as unknown as Readonly<Record<symbol, Hider | undefined>>)[HIDER] ?? NOTHING_HIDDEN
}

function formsOf(value: string): readonly string[] {
  const bare = [value.trim(), ...value.split('\n').map((line) => line.trim())]
  const written = bare.flatMap((text) => [
    text,
    JSON.stringify(text).slice(1, -1),
    encodeURIComponent(text.toWellFormed()),
  ])
  return [...new Set([value, ...written])]
}

function hideIn(value: unknown, text: (shown: string) => string, above: readonly unknown[]): unknown {
  if (typeof value === 'string') return text(value)
  if (typeof value !== 'object' || value === null || above.includes(value)) return value
  const inside = [...above, value]
  if (inside.length <= DEEPEST && value instanceof Error) return hideInError(value, text, inside)
  const shown = inspect(value, { depth: DEEPEST, maxStringLength: null, breakLength: Number.POSITIVE_INFINITY })
  const clean = text(shown)
  if (clean === shown) return value
  // The object may be in use, such as the options of a client: it stays as it is, and the error loses it.
  return Array.isArray(value) && inside.length <= DEEPEST ? value.map((item) => hideIn(item, text, inside)) : clean
}

/** In place, so that it stays an instance of its class, and what it is marked with stays on it. */
function hideInError(error: Error, text: (shown: string) => string, inside: readonly unknown[]): unknown {
  for (const key of Object.getOwnPropertyNames(error)) {
    if (KEPT.has(key)) continue
    const before: unknown = (error as unknown as Readonly<Record<string, unknown>>)[key]
    const after = hideIn(before, text, inside)
    if (after === before) continue
    const { enumerable = false } = Object.getOwnPropertyDescriptor(error, key) ?? {}
    const isDone = Reflect.defineProperty(error, key, { value: after, enumerable, configurable: true, writable: true })
    // One that is frozen cannot be mended.
    if (!isDone) return new Error(text(error.message))
  }
  return error
}
