import { invalid } from './gcs-error.ts'
import { refuseFields } from './refused.ts'

/** What a client may set of an object. */
export interface ObjectFields {
  readonly cacheControl?: string
  readonly contentDisposition?: string
  readonly contentEncoding?: string
  readonly contentLanguage?: string
  readonly contentType?: string
  readonly customTime?: string
  readonly eventBasedHold?: boolean
  /** Free names and texts. */
  readonly metadata?: Readonly<Record<string, string>>
  readonly storageClass?: string
  readonly temporaryHold?: boolean
}

/** Where neither the metadata nor the upload says one. */
export const DEFAULT_CONTENT_TYPE = 'application/octet-stream'
export const DEFAULT_STORAGE_CLASS = 'STANDARD'

const TEXTS = [
  'cacheControl',
  'contentDisposition',
  'contentEncoding',
  'contentLanguage',
  'contentType',
  'customTime',
  'storageClass',
] as const
const FLAGS = ['eventBasedHold', 'temporaryHold'] as const
const STORAGE_CLASSES: readonly unknown[] =
  'STANDARD NEARLINE COLDLINE ARCHIVE REGIONAL MULTI_REGIONAL DURABLE_REDUCED_AVAILABILITY'.split(' ')
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/
/** Of all names and texts of `metadata` together. */
const MAX_METADATA_BYTES = 8 * 1024

/** An object resource of a request: what of it can be set; the provider takes no notice of the rest. Throws a 400 for wrong values, and for features that the simulator does not have. */
export function readObjectFields(resource: Readonly<Record<string, unknown>>): ObjectFields {
  return patchObjectFields({}, resource)
}

/** `null` removes, as RFC 7396 says; of the free names each by itself. Throws a 400 for wrong values. */
export function patchObjectFields(fields: ObjectFields, patch: Readonly<Record<string, unknown>>): ObjectFields {
  refuseFields(patch)
  const patched: Record<string, unknown> = { ...fields }
  for (const name of TEXTS) set(patched, name, patch[name], 'string')
  for (const name of TEXTS) checkText(name, patched[name])
  for (const name of FLAGS) set(patched, name, patch[name], 'boolean')
  const { storageClass, customTime, metadata } = patch
  if (typeof storageClass === 'string') checkStorageClass(storageClass)
  if (typeof customTime === 'string' && !(RFC_3339.test(customTime) && !Number.isNaN(Date.parse(customTime)))) {
    throw invalid(`Invalid value for customTime: ${customTime}`)
  }
  if (metadata === null) delete patched['metadata']
  else if (metadata !== undefined) patched['metadata'] = patchMetadata(fields.metadata ?? {}, metadata)
  return patched
}

/** Of an object or a bucket. Throws a 400. */
export function checkStorageClass(storageClass: unknown): void {
  if (STORAGE_CLASSES.includes(storageClass)) return
  throw invalid(`Invalid value for storageClass: ${String(storageClass)}`)
}

function patchMetadata(metadata: Readonly<Record<string, string>>, patch: unknown): Readonly<Record<string, string>> {
  if (typeof patch !== 'object' || Array.isArray(patch)) throw invalid('Invalid value for metadata: not an object')
  const patched = new Map<string, unknown>(Object.entries(metadata))
  for (const [name, value] of Object.entries(patch as Readonly<Record<string, unknown>>)) {
    if (value === null) patched.delete(name)
    else if (typeof value === 'string') patched.set(name, value)
    else throw invalid(`Invalid value for metadata.${name}: not a string`)
  }
  const size = [...patched].reduce((sum, entry) => sum + Buffer.byteLength(entry.join('')), 0)
  if (size > MAX_METADATA_BYTES) {
    throw invalid(`The custom metadata has ${size} bytes: at most ${MAX_METADATA_BYTES} are allowed`)
  }
  return Object.fromEntries(patched) as Readonly<Record<string, string>>
}

/** All of them become headers of a download. */
function checkText(name: string, value: unknown): void {
  // oxlint-disable-next-line no-control-regex -- what no header can hold
  if (typeof value === 'string' && /[\u0000-\u001f\u007f]/.test(value)) throw invalid(`Invalid value for ${name}`)
}

function set(patched: Record<string, unknown>, name: string, value: unknown, type: 'string' | 'boolean'): void {
  if (value === undefined) return
  if (value === null) delete patched[name]
  else if (typeof value === type) patched[name] = value
  else throw invalid(`Invalid value for ${name}: not a ${type}`)
}
