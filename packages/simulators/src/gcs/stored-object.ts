import type { Bucket, HashedBytes, StoredVersion } from '../objects/object-store.ts'
import { BucketGoneError } from '../objects/object-store.ts'
import { bucketNotFound, objectNotFound, underHold } from './gcs-error.ts'
import { base64OfHex, type GcsHashes } from './hashes.ts'
import { DEFAULT_CONTENT_TYPE, DEFAULT_STORAGE_CLASS, type ObjectFields } from './object-fields.ts'
import { integerParameter } from './parameters.ts'
import { checkBeforeChange, type GcsPreconditions, type GcsVersion } from './preconditions.ts'

/** What is kept with the bytes of an object. Those that another service has written have none of it. */
interface ObjectRecord {
  readonly fields?: ObjectFields
  /** Base64. Absent: composite objects have none; of others it is that of their bytes. */
  readonly md5?: string
  /** Where its fields say none: that of the bucket, as it was written. */
  readonly storageClass?: string
  /** Of composite objects. */
  readonly componentCount?: number
  /** Of an object whose metadata was changed, what it was at first: the store knows the last change only. */
  readonly generation?: number
  readonly metageneration?: number
  readonly createdAt?: number
}

/** A version of an object, as Cloud Storage sees it. */
export class StoredObject implements GcsVersion {
  readonly version: StoredVersion
  readonly #record: ObjectRecord

  constructor(version: StoredVersion) {
    this.version = version
    this.#record = version.metadata
  }

  get generation(): number {
    return this.#record.generation ?? this.version.generation
  }

  get metageneration(): number {
    return this.#record.metageneration ?? 1
  }

  get fields(): ObjectFields {
    return this.#record.fields ?? {}
  }

  get contentType(): string {
    return this.fields.contentType ?? DEFAULT_CONTENT_TYPE
  }

  get storageClass(): string {
    return this.fields.storageClass ?? this.#record.storageClass ?? DEFAULT_STORAGE_CLASS
  }

  /** `undefined`: it was not composed. */
  get componentCount(): number | undefined {
    return this.#record.componentCount
  }

  /** Changes with the metadata too. As the provider makes it: a message of two numbers. */
  get etag(): string {
    return Buffer.from([0x08, ...varint(this.generation), 0x10, ...varint(this.metageneration)]).toString('base64')
  }

  /** Of the bytes. By the simulator's clock, in milliseconds since 1970. */
  get createdAt(): number {
    return this.#record.createdAt ?? this.version.createdAt
  }

  /** Composite objects have no MD5. */
  async hashes(): Promise<Partial<GcsHashes> & Pick<GcsHashes, 'crc32c'>> {
    const { crc32c } = this.version
    const { md5, componentCount } = this.#record
    if (componentCount !== undefined) return { crc32c }
    if (md5 !== undefined) return { crc32c, md5 }
    await this.version.hash()
    return { crc32c, md5: base64OfHex(this.version.md5) }
  }

  /** The same bytes with other metadata: the metadata's generation is the next. */
  changed(fields: ObjectFields): ObjectRecord {
    const { generation, createdAt, metageneration } = this
    return { ...this.#record, fields, generation, createdAt, metageneration: metageneration + 1 }
  }

  /** For a copy of it. */
  copied(fields: ObjectFields): ObjectRecord {
    const { md5, componentCount } = this.#record
    return { fields, ...(md5 !== undefined && { md5 }), ...(componentCount !== undefined && { componentCount }) }
  }
}

/** `undefined`: there is none. */
export function findObject(bucket: Bucket, key: string): StoredObject | undefined {
  const version = bucket.get(key)
  return version && new StoredObject(version)
}

/** Throws a 404 where there is none, or has another generation than `generation` of the query. */
export function getObject(bucket: Bucket, key: string, generation?: number): StoredObject {
  const object = findObject(bucket, key)
  if (object === undefined || (generation !== undefined && generation !== object.generation)) {
    throw objectNotFound(bucket.name, key)
  }
  return object
}

/** The generation that a request is for; `undefined`: the one that is live. */
export function generationParameter(query: URLSearchParams): number | undefined {
  return integerParameter(query, 'generation')
}

/** Throws a 403 where a hold keeps the object: its metadata can be changed, nothing else. */
export function checkHold(bucket: Bucket, { version, fields }: StoredObject): void {
  if (fields.temporaryHold === true) throw underHold(bucket.name, version.key, 'Temporary')
  if (fields.eventBasedHold === true) throw underHold(bucket.name, version.key, 'Event-Based')
}

/** Changes the metadata of an object. Throws as `putObject` does, but for holds. */
export async function changeObject(
  bucket: Bucket,
  object: StoredObject,
  fields: ObjectFields,
  preconditions: GcsPreconditions,
): Promise<StoredObject> {
  const { version } = object
  return commit(bucket, version.key, [version], object.changed(fields), (existing) => {
    checkBeforeChange(preconditions, existing)
  })
}

/**
 * Makes an object, where the preconditions hold: else throws a 412. Throws a 403 for what is under a hold, and a 404 where the bucket was
 * deleted meanwhile.
 */
export async function putObject(
  bucket: Bucket,
  key: string,
  parts: readonly HashedBytes[],
  record: ObjectRecord,
  preconditions: GcsPreconditions,
): Promise<StoredObject> {
  return commit(bucket, key, parts, record, (existing) => {
    checkBeforeChange(preconditions, existing)
    if (existing !== undefined) checkHold(bucket, existing)
  })
}

async function commit(
  bucket: Bucket,
  key: string,
  parts: readonly HashedBytes[],
  record: ObjectRecord,
  check: (existing: StoredObject | undefined) => void,
): Promise<StoredObject> {
  try {
    const version = await bucket.commit(key, parts, { ...record }, (existing) => {
      check(existing && new StoredObject(existing))
    })
    return new StoredObject(version)
  } catch (error) {
    if (error instanceof BucketGoneError) throw bucketNotFound()
    throw error
  }
}

/** Seven bits a byte, the lowest first; all but the last have the highest bit set. */
function varint(value: number): readonly number[] {
  const bytes: number[] = []
  let left = value
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128)
  return [...bytes, left]
}
