import type { Materializer, ValueFormat } from './materializer.ts'
import { registeredFor, registeredMaterializers } from './materializer.ts'
import { bytes } from './materializers/bytes.ts'
import { file } from './materializers/file.ts'
import { folder } from './materializers/folder.ts'
import { json } from './materializers/json.ts'
import { rich } from './materializers/rich.ts'
import { stream } from './materializers/stream.ts'
import { structure } from './materializers/structure.ts'
import { typedArray } from './materializers/typed-array.ts'
import { survey } from './survey.ts'

/** In the order in which they are asked. */
const MATERIALIZERS: readonly Materializer[] = [bytes, typedArray, file, folder, stream] as readonly Materializer[]
const FORMATS: readonly ValueFormat[] = [...MATERIALIZERS, structure, json, rich]

/**
 * How a value is stored: as its user's materializer says, else as what it is, else as data. Throws
 * `VALUE_NOT_STORABLE` where it is none of these; `name` is what that error calls the value.
 */
export function formatFor(value: unknown, name: string): ValueFormat {
  const own = registeredFor(value) ?? MATERIALIZERS.find((materializer) => materializer.accepts(value))
  if (own !== undefined) return own
  const { inner, json: isJson } = survey(value, name)
  if (inner.length > 0) return structure
  return isJson ? json : rich
}

/** The format of a stored value, by the name that stands in its record. */
export function formatNamed(name: string): ValueFormat | undefined {
  return [...FORMATS, ...registeredMaterializers()].find((format) => format.name === name)
}
