import type { Bucket, StagedBytes } from '../objects/object-store.ts'
import type { UploadRange } from './byte-ranges.ts'
import { backendError, GcsError, invalid } from './gcs-error.ts'
import { Granules, GRANULE_BYTES } from './granules.ts'
import { checkHashes, joinHashes, type DeclaredHashes } from './hashes.ts'
import type { ObjectFields } from './object-fields.ts'
import type { GcsPreconditions } from './preconditions.ts'
import { RunningHashes } from './running-hashes.ts'
import { putObject, type StoredObject } from './stored-object.ts'

/** What the first request of a resumable upload says. */
export interface UploadStart {
  readonly bucket: string
  readonly key: string
  readonly fields: ObjectFields
  /** Where the fields say none. */
  readonly storageClass: string
  /** Asked when the upload ends, not before. */
  readonly preconditions: GcsPreconditions
  readonly hashes: DeclaredHashes
  /** Of the object, in bytes. `undefined`: not known. */
  readonly size: number | undefined
  /** By the simulator's clock, in milliseconds since 1970. */
  readonly expiresAt: number
}

/** One request with bytes for it. */
export interface UploadWrite {
  readonly range: UploadRange
  /** Throws a `CutError` where it ends too early: what came is kept. */
  readonly body: AsyncIterable<Uint8Array>
  readonly hashes: DeclaredHashes
}

/** A resumable upload. Its requests wait for each other. */
export class UploadSession {
  readonly start: UploadStart
  readonly #parts: StagedBytes[] = []
  #hashes = new RunningHashes()
  #persisted = 0
  #object: StoredObject | undefined
  #ended: GcsError | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(start: UploadStart) {
    this.start = start
  }

  /** How many bytes are kept. */
  get persisted(): number {
    return this.#persisted
  }

  /** What it has become. `undefined`: it goes on. Throws what ended it otherwise. */
  get object(): StoredObject | undefined {
    if (this.#ended !== undefined) throw this.#ended
    return this.#object
  }

  /**
   * Takes in the bytes of a request; gives the object if they were the last. Throws a 400 for bytes that are not what the request says, or
   * what was declared, a 412 where a precondition does not hold at the end, and a 503 for bytes after a gap. A body that was cut is an
   * error too, after what came of it was kept.
   */
  async write(bucket: Bucket, write: UploadWrite): Promise<StoredObject | undefined> {
    const written = this.#last.then(async () => this.#write(bucket, write))
    this.#last = written.catch(() => undefined)
    return written
  }

  /** Throws the bytes away, unless it has become an object. All that comes later is answered with the error. */
  async end(error: GcsError): Promise<void> {
    if (this.#object !== undefined || this.#ended !== undefined) return
    this.#ended = error
    for (const part of this.#parts.splice(0)) await part.discard()
  }

  async #write(bucket: Bucket, { range, body, hashes }: UploadWrite): Promise<StoredObject | undefined> {
    if (this.object !== undefined) return this.#object
    const total = this.#total(range)
    const { start, end } = range
    if (start !== undefined) {
      if (start > this.#persisted) throw backendError(`The bytes from ${this.#persisted} to ${start} are missing.`)
      const isLast = (received: number): boolean => isLastRequest(start + received, range, total)
      const granules = new Granules(body, this.#persisted - start, isLast)
      const running = this.#hashes.copy()
      const staged = await bucket.stage(running.through(granules.kept()))
      await this.#keep(staged, running, () => checkLength(granules, { start, end }, total))
      if (granules.cut !== undefined) throw granules.cut
      if (!isLast(granules.received)) return undefined
    } else if (total !== this.#persisted) return undefined
    return this.#finish(bucket, hashes)
  }

  async #keep(staged: StagedBytes, running: RunningHashes, check: () => void): Promise<void> {
    try {
      // It may have been cancelled meanwhile.
      if (this.#ended !== undefined) throw this.#ended
      check()
    } catch (error) {
      await staged.discard()
      throw error
    }
    this.#parts.push(staged)
    this.#persisted += staged.size
    this.#hashes = running
  }

  async #finish(bucket: Bucket, declared: DeclaredHashes): Promise<StoredObject> {
    const { key, fields, storageClass, preconditions, hashes } = this.start
    try {
      checkHashes(joinHashes(hashes, declared), this.#hashes.hashes)
      const record = { fields, storageClass, md5: this.#hashes.hashes.md5 }
      this.#object = await putObject(bucket, key, this.#parts, record, preconditions)
      return this.#object
    } catch (error) {
      if (error instanceof GcsError) await this.end(sessionGone())
      throw error
    }
  }

  /** Of the object. Throws where it is not what was said before. */
  #total({ total }: UploadRange): number | undefined {
    const { size } = this.start
    if (size !== undefined && total !== undefined && size !== total) {
      throw invalid(`Invalid request. The Content-Range says ${total} bytes, X-Upload-Content-Length said ${size}.`)
    }
    if (total !== undefined && total < this.#persisted) {
      throw invalid(`Invalid request. The Content-Range says ${total} bytes, and ${this.#persisted} are there already.`)
    }
    return total ?? size
  }
}

/** 410: the upload has to be started anew. */
export function sessionGone(): GcsError {
  return new GcsError(410, [{ reason: 'gone', message: 'The resumable upload session is no longer available.' }])
}

/** Without a last byte and without a size, the end of the body is the end of the object. */
function isLastRequest(received: number, { end }: UploadRange, total: number | undefined): boolean {
  return total === undefined ? end === undefined : received === total
}

function checkLength(
  granules: Granules,
  { start, end }: { readonly start: number; readonly end: number | undefined },
  total: number | undefined,
): void {
  const { received, cut } = granules
  const most = (end ?? (total === undefined ? Infinity : total - 1)) - start + 1
  if (received > most || (end !== undefined && cut === undefined && received < most)) {
    throw invalid(
      `Invalid request. There were ${received} byte(s) in the request body. There should have been ${most} byte(s) ` +
        `(starting at offset ${start} and ending at offset ${start + most - 1}) according to the Content-Range header.`,
    )
  }
  const isLast = isLastRequest(start + received, { start, end, total }, total)
  if (cut === undefined && !isLast && received < GRANULE_BYTES) {
    throw invalid(
      'Invalid request. The number of bytes uploaded is required to be equal or greater than 262144, except for the ' +
        "final request (it's recommended to be the exact multiple of 262144). The received request contained " +
        `${received} bytes, which does not meet this requirement.`,
    )
  }
}
