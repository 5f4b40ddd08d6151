import type { Exchange } from '../ground/exchange.ts'
import type { Bucket, StagedBytes } from '../objects/object-store.ts'
import type { GcsBuckets } from './buckets.ts'
import { readUploadRange } from './byte-ranges.ts'
import type { GcsCall } from './gcs-call.ts'
import { GcsError, invalid, required } from './gcs-error.ts'
import { base64OfHex, checkHashes, readHashes, type DeclaredHashes } from './hashes.ts'
import { hostOf, parseJson, readJson, sendJson } from './json.ts'
import { relatedBoundary, relatedParts } from './multipart-related.ts'
import { checkObjectName } from './names.ts'
import { readObjectFields, type ObjectFields } from './object-fields.ts'
import { textParameter } from './parameters.ts'
import { readPreconditions } from './preconditions.ts'
import { objectResource } from './resources.ts'
import { putObject, type StoredObject } from './stored-object.ts'
import { UploadSessions } from './upload-sessions.ts'
import type { UploadSession } from './upload-session.ts'

type Resource = Readonly<Record<string, unknown>>

/** What makes an object of bytes that the client sends. */
export class GcsUploads {
  readonly #buckets: GcsBuckets
  readonly #sessions = new UploadSessions()

  constructor(buckets: GcsBuckets) {
    this.#buckets = buckets
  }

  /** In one request: bytes alone, or after their metadata. */
  async insert(call: GcsCall): Promise<void> {
    const { exchange, route, query } = call
    const type = textParameter(query, 'uploadType')
    const bucket = this.#buckets.get(route.bucket)
    if (type === 'multipart') await this.#insertRelated(call, bucket)
    else if (type === 'media') {
      const about = aboutOf(call, {}, exchange.header('content-type'))
      await this.#store(call, bucket, about, await bucket.stage(exchange.body()))
    } else throw type === undefined ? required('uploadType') : invalid(`Invalid upload type: ${type}`, 'uploadType')
  }

  /** The first request of a resumable upload. The preconditions are asked at its end. */
  async start(call: GcsCall): Promise<void> {
    const { exchange, route, query } = call
    const bucket = this.#buckets.get(route.bucket)
    const resource = await readJson(exchange)
    const size = exchange.header('x-upload-content-length')
    if (size !== undefined && !/^\d+$/.test(size)) throw invalid(`Invalid X-Upload-Content-Length: ${size}`)
    const start = {
      ...aboutOf(call, resource, exchange.header('x-upload-content-type')),
      bucket: bucket.name,
      storageClass: this.#buckets.storageClassOf(bucket),
      preconditions: readPreconditions(query),
      size: size === undefined ? undefined : Number(size),
    }
    const id = await this.#sessions.create(start, exchange.clock)
    const session = new URLSearchParams([...query, ['upload_id', id]])
    exchange.send(200, {
      Location: `http://${hostOf(exchange)}${exchange.rawPath}?${session.toString()}`,
      'X-GUploader-UploadID': id,
    })
  }

  async write(call: GcsCall): Promise<void> {
    const { exchange } = call
    const session = await this.#session(call)
    const range = readUploadRange(exchange.header('content-range'))
    const done = session.object
    if (done !== undefined) return this.#sendObject(exchange, this.#buckets.get(session.start.bucket), done)
    const bucket = this.#buckets.get(session.start.bucket)
    const object = await session.write(bucket, { range, body: exchange.body(), hashes: hashesOf(exchange, {}) })
    if (object === undefined) sendIncomplete(exchange, session)
    else await this.#sendObject(exchange, bucket, object)
  }

  async query(call: GcsCall): Promise<void> {
    const session = await this.#session(call)
    const { object } = session
    if (object === undefined) sendIncomplete(call.exchange, session)
    else await this.#sendObject(call.exchange, this.#buckets.get(session.start.bucket), object)
  }

  async cancel(call: GcsCall): Promise<void> {
    const session = await this.#session(call)
    await session.end(cancelled())
    call.exchange.send(499)
  }

  async #insertRelated(call: GcsCall, bucket: Bucket): Promise<void> {
    const { exchange } = call
    const boundary = relatedBoundary(exchange.header('content-type'))
    let resource: Resource | undefined
    let about: UploadAbout | undefined
    let staged: StagedBytes | undefined
    try {
      for await (const { headers, body } of relatedParts(exchange.body(), boundary)) {
        if (resource === undefined) resource = parseJson(exchange, await bytesOf(body))
        else if (about === undefined) {
          about = aboutOf(call, resource, headers['content-type'])
          staged = await bucket.stage(body)
        } else throw invalid('A multipart upload has two parts: this one has more.')
      }
    } catch (error) {
      await staged?.discard()
      throw error
    }
    if (about === undefined || staged === undefined) {
      throw invalid('A multipart upload has two parts: this one has fewer.')
    }
    await this.#store(call, bucket, about, staged)
  }

  async #store({ exchange, query }: GcsCall, bucket: Bucket, about: UploadAbout, staged: StagedBytes): Promise<void> {
    try {
      const md5 = base64OfHex(staged.md5)
      checkHashes(about.hashes, { md5, crc32c: staged.crc32c })
      const record = { fields: about.fields, md5, storageClass: this.#buckets.storageClassOf(bucket) }
      const object = await putObject(bucket, about.key, [staged], record, readPreconditions(query))
      await this.#sendObject(exchange, bucket, object)
    } finally {
      // What became an object is used up, and stays.
      await staged.discard()
    }
  }

  async #session({ exchange, query }: GcsCall): Promise<UploadSession> {
    return this.#sessions.get(query.get('upload_id') ?? '', exchange.clock)
  }

  async #sendObject(exchange: Exchange, bucket: Bucket, object: StoredObject): Promise<void> {
    sendJson(exchange, await objectResource(bucket, object, { host: hostOf(exchange) }))
  }
}

/** What a client says of the bytes that it sends. */
interface UploadAbout {
  readonly key: string
  readonly fields: ObjectFields
  readonly hashes: DeclaredHashes
}

/** Throws a 400 for what is wrong with it. */
function aboutOf({ exchange, query }: GcsCall, resource: Resource, contentType: string | undefined): UploadAbout {
  return {
    key: nameOf(query, resource),
    fields: withDefaults(resource, query, contentType),
    hashes: hashesOf(exchange, resource),
  }
}

/** What is there: nothing is not said. A client may ask for a 200 instead of a 308, which other software takes for a redirect. */
function sendIncomplete(exchange: Exchange, { persisted }: UploadSession): void {
  const range = persisted === 0 ? {} : { Range: `bytes=0-${persisted - 1}` }
  if (exchange.header('x-guploader-no-308') === 'yes') {
    exchange.send(200, { ...range, 'X-HTTP-Status-Code-Override': 308 })
  } else exchange.send(308, range)
}

/** What every later request to a cancelled upload is told. */
function cancelled(): GcsError {
  return new GcsError(499, [{ reason: 'cancelled', message: 'The resumable upload was cancelled.' }])
}

function hashesOf(exchange: Exchange, resource: Resource): DeclaredHashes {
  return readHashes(exchange.header('x-goog-hash'), resource)
}

/** Of the query or the metadata. Throws a 400 where they differ, and for a name that cannot be. */
function nameOf(query: URLSearchParams, resource: Resource): string {
  const { name: stated } = resource
  if (stated !== undefined && typeof stated !== 'string') throw invalid('Invalid value for name: not a string')
  const name = textParameter(query, 'name') ?? stated
  if (name === undefined || name === '') throw required('name')
  if (stated !== undefined && stated !== name) {
    throw invalid(`Value '${stated}' in content does not agree with value '${name}'.`, 'name')
  }
  checkObjectName(name)
  return name
}

function withDefaults(resource: Resource, query: URLSearchParams, contentType: string | undefined): ObjectFields {
  const contentEncoding = textParameter(query, 'contentEncoding')
  return {
    ...(contentType !== undefined && { contentType }),
    ...readObjectFields(resource),
    ...(contentEncoding !== undefined && { contentEncoding }),
  }
}

/** Of metadata, which is short. */
async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > MAX_METADATA_BYTES)
      throw new GcsError(413, [{ reason: 'uploadTooLarge', message: 'Too much metadata.' }])
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const MAX_METADATA_BYTES = 1024 * 1024
