import { randomUUID } from 'node:crypto'

import { compareUtf8 } from '../ground/utf8-order.ts'
import type { Bucket, StagedBytes } from '../objects/object-store.ts'
import type { ChecksumAlgorithm, ChecksumType, GivenChecksum } from './checksum.ts'
import type { ObjectAttributes } from './object-info.ts'
import { S3Error } from './s3-error.ts'
import type { XmlMembers } from './xml.ts'

/** A part that came in. */
export interface UploadedPart {
  /** From 1 to 10,000. */
  readonly number: number
  readonly bytes: StagedBytes
  /** By the algorithm of the upload, or the default one; base64. */
  readonly checksum: string
  /** The one that came with it, by any algorithm where the upload has none. */
  readonly given: GivenChecksum | undefined
  /** By the simulator's clock, in milliseconds since 1970. */
  readonly modifiedAt: number
}

/** An object that arrives in parts. */
export interface MultipartUpload {
  readonly id: string
  readonly bucket: Bucket
  readonly key: string
  /** By the simulator's clock, in milliseconds since 1970. */
  readonly initiatedAt: number
  readonly attributes: ObjectAttributes
  /** `undefined`: nobody asked for one. Each part may come with its own, and S3 counts one of all bytes. */
  readonly algorithm: ChecksumAlgorithm | undefined
  readonly checksumType: ChecksumType
  readonly parts: Map<number, UploadedPart>
}

/** What completed an upload, and what it was told: S3 says the same to who asks again. */
export interface Completion {
  /** The parts of the request. */
  readonly request: string
  readonly answer: XmlMembers
}

/** How long it does, as the times of retries go. */
const KEEP_COMPLETIONS_MS = 3_600_000

/** The uploads that go on. */
export class MultipartUploads {
  readonly #uploads = new Map<string, MultipartUpload>()
  readonly #completing = new Set<MultipartUpload>()
  readonly #completions = new Map<
    string,
    Completion & Pick<MultipartUpload, 'bucket' | 'key'> & { readonly at: number }
  >()

  /** Begins one. */
  create(about: Omit<MultipartUpload, 'id' | 'parts'>): MultipartUpload {
    const id = Buffer.from(`${randomUUID()}${randomUUID()}`).toString('base64url')
    const upload: MultipartUpload = { ...about, id, parts: new Map() }
    this.#uploads.set(id, upload)
    return upload
  }

  /** Throws `NoSuchUpload`, also where the upload is for another key. */
  get(id: string, bucket: Bucket, key: string): MultipartUpload {
    const upload = this.#uploads.get(id)
    if (upload !== undefined && upload.bucket === bucket && upload.key === key) return upload
    throw new S3Error('NoSuchUpload', { details: [['UploadId', id]] })
  }

  /** Those of a bucket: by key, then by time. */
  of(bucket: Bucket): readonly MultipartUpload[] {
    // The map has them in the order in which they began, and sorting keeps it.
    return [...this.#uploads.values()]
      .filter((upload) => upload.bucket === bucket)
      .toSorted((left, right) => compareUtf8(left.key, right.key))
  }

  /** Puts a part in its place. Throws `NoSuchUpload` where the upload has ended meanwhile: the part is the caller's then. */
  async add(upload: MultipartUpload, part: UploadedPart): Promise<void> {
    this.get(upload.id, upload.bucket, upload.key)
    const replaced = upload.parts.get(part.number)
    upload.parts.set(part.number, part)
    await replaced?.bytes.discard()
  }

  /** Lets one request at a time complete an upload. Throws `OperationAborted` to the others. */
  async completing(upload: MultipartUpload, complete: () => Promise<void>): Promise<void> {
    if (this.#completing.has(upload)) throw new S3Error('OperationAborted')
    this.#completing.add(upload)
    try {
      await complete()
    } finally {
      this.#completing.delete(upload)
    }
  }

  /** Ends it, and throws away what no object has. */
  async end(upload: MultipartUpload): Promise<void> {
    this.#uploads.delete(upload.id)
    for (const { bytes } of upload.parts.values()) await bytes.discard()
  }

  /** Ends all of a bucket. */
  async abortAll(bucket: Bucket): Promise<void> {
    for (const upload of this.of(bucket)) await this.end(upload)
    for (const [id, completion] of this.#completions) if (completion.bucket === bucket) this.#completions.delete(id)
  }

  /** Keeps what was answered. */
  remember({ id, bucket, key }: MultipartUpload, completion: Completion, now: number): void {
    for (const [old, { at }] of this.#completions) {
      if (at + KEEP_COMPLETIONS_MS > now) break
      this.#completions.delete(old)
    }
    this.#completions.set(id, { ...completion, bucket, key, at: now })
  }

  /** What the same request was answered before. */
  completion(id: string, bucket: Bucket, key: string): Completion | undefined {
    const found = this.#completions.get(id)
    return found !== undefined && found.bucket === bucket && found.key === key ? found : undefined
  }
}
