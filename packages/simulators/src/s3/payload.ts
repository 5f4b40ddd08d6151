import { createHash } from 'node:crypto'

import { Hasher, sumToBase64 } from '../objects/hasher.ts'
import type { Bucket, StagedBytes } from '../objects/object-store.ts'
import { decodeAwsChunked } from './aws-chunked.ts'
import {
  algorithmOf,
  badChecksum,
  checkValue,
  checksumInHeaders,
  headerOf,
  sumIn,
  type ChecksumAlgorithm,
  type GivenChecksum,
  type Sums,
} from './checksum.ts'
import type { S3Call } from './s3-call.ts'
import { invalidArgument, notImplemented, S3Error } from './s3-error.ts'
import { readXml, XmlError, type XmlElement } from './xml.ts'

const MAX_OBJECT_BYTES = 5 * 1024 ** 3
const MAX_DOCUMENT_BYTES = 8 * 1024 ** 2

/** Bytes that came in and are what the request said of them. */
export interface Payload {
  readonly bytes: StagedBytes
  /** The checksum that came with them. */
  readonly checksum: GivenChecksum | undefined
}

/**
 * Takes in the bytes of a request, decoded, and compares them with all that it says of them: length, `Content-MD5`,
 * `x-amz-content-sha256`, a checksum in a header or a trailer. Throws the `S3Error` that S3 answers with; then nothing is kept.
 */
export async function receive(call: S3Call, bucket: Bucket): Promise<Payload> {
  const claims = new Claims(call)
  const bytes = await bucket.stage(claims.body())
  try {
    return { bytes, checksum: claims.check(bytes) }
  } catch (error) {
    await bytes.discard()
    throw error
  }
}

/** Which checksum the request will bring: known before its body is. */
export function announcedAlgorithm(call: S3Call): ChecksumAlgorithm | undefined {
  return checksumInHeaders(call.exchange)?.algorithm ?? trailerOf(call)
}

/** What a document has to be. */
export interface DocumentOptions {
  /** The name of its element. */
  readonly root: string
  /** It has to bring a hash. Default: false. */
  readonly mustBeHashed?: boolean
  /** The header of a checksum is that of the document, and not of something else. Default: true. */
  readonly hasChecksum?: boolean
}

/** Takes in a document, in the same way. Throws `MalformedXML` for anything else. */
export async function receiveXml(call: S3Call, options: DocumentOptions): Promise<XmlElement> {
  const { root, mustBeHashed = false, hasChecksum = true } = options
  if (mustBeHashed && call.header('content-md5') === undefined && announcedAlgorithm(call) === undefined) {
    throw new S3Error('InvalidRequest', { message: 'Missing required header for this request: Content-MD5' })
  }
  const claims = new Claims(call, { hasChecksum })
  if (claims.length > MAX_DOCUMENT_BYTES) throw new S3Error('MaxMessageLengthExceeded')
  const chunks: Uint8Array[] = []
  const hasher = new Hasher()
  for await (const chunk of claims.body()) {
    chunks.push(chunk)
    hasher.update(chunk)
  }
  const { md5, sha256, crc32, crc32c, crc64nvme } = hasher.digests()
  claims.check({
    md5,
    sha256,
    crc32: sumToBase64(crc32, 4),
    crc32c: sumToBase64(crc32c, 4),
    crc64nvme: sumToBase64(crc64nvme, 8),
  })
  try {
    const document = readXml(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)))
    if (document.name === root) return document
  } catch (error) {
    // What a decoder throws for bytes that are no text is a TypeError.
    if (!(error instanceof XmlError || error instanceof TypeError)) throw error
  }
  throw new S3Error('MalformedXML')
}

const STREAMING = {
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER': { isSigned: false, hasTrailer: true },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': { isSigned: true, hasTrailer: false },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': { isSigned: true, hasTrailer: true },
} as const

/** What a request says of its body. */
class Claims {
  /** Of the decoded bytes. */
  readonly length: number
  readonly #call: S3Call
  readonly #sha256: string | undefined
  readonly #md5: string | undefined
  readonly #trailer: ChecksumAlgorithm | undefined
  readonly #streaming: (typeof STREAMING)[keyof typeof STREAMING] | undefined
  readonly #sha1 = createHash('sha1')
  #checksum: GivenChecksum | undefined

  /** `hasChecksum`: the header of a checksum is that of the body. */
  constructor(call: S3Call, { hasChecksum = true } = {}) {
    this.#call = call
    const sha256 = contentSha256(call)
    this.#streaming = Object.hasOwn(STREAMING, sha256) ? STREAMING[sha256 as keyof typeof STREAMING] : undefined
    this.#sha256 = /^[\da-f]{64}$/.test(sha256) ? sha256 : undefined
    this.#md5 = contentMd5(call)
    this.#checksum = hasChecksum ? checksumInHeaders(call.exchange) : undefined
    this.#trailer = this.#streaming?.hasTrailer === true ? trailerOf(call) : undefined
    this.#checkAnnounced(hasChecksum)
    this.length = lengthOf(call, this.#streaming !== undefined)
  }

  async *body(): AsyncGenerator<Uint8Array> {
    const needsSha1 = this.#checksum?.algorithm === 'SHA1' || this.#trailer === 'SHA1'
    let size = 0
    for await (const chunk of this.#decoded()) {
      size += chunk.length
      if (needsSha1) this.#sha1.update(chunk)
      yield chunk
    }
    if (size !== this.length) throw new S3Error('IncompleteBody')
  }

  check(bytes: Sums): GivenChecksum | undefined {
    if (this.#sha256 !== undefined) {
      const computed = Buffer.from(bytes.sha256, 'base64').toString('hex')
      if (this.#sha256 !== computed) {
        throw new S3Error('XAmzContentSHA256Mismatch', {
          details: [
            ['ClientComputedContentSHA256', this.#sha256],
            ['S3ComputedContentSHA256', computed],
          ],
        })
      }
    }
    if (this.#md5 !== undefined && this.#md5 !== bytes.md5) {
      throw new S3Error('BadDigest', {
        details: [
          ['ExpectedDigest', Buffer.from(this.#md5, 'hex').toString('base64')],
          ['CalculatedDigest', Buffer.from(bytes.md5, 'hex').toString('base64')],
        ],
      })
    }
    if (this.#checksum === undefined) return undefined
    const { algorithm, value } = this.#checksum
    if (sumIn(bytes, algorithm, () => this.#sha1.digest('base64')) !== value) throw badChecksum(algorithm)
    return this.#checksum
  }

  #decoded(): AsyncIterable<Uint8Array> {
    if (this.#streaming === undefined) return this.#call.exchange.body()
    const algorithm = this.#trailer
    return decodeAwsChunked(this.#call.exchange.body(), {
      decodedLength: this.length,
      isSigned: this.#streaming.isSigned,
      trailer: algorithm === undefined ? undefined : headerOf(algorithm),
      onTrailer: (value) => {
        if (algorithm === undefined) return
        checkValue(algorithm, value)
        this.#checksum = { algorithm, value }
      },
    })
  }

  #checkAnnounced(hasChecksum: boolean): void {
    if (this.#checksum !== undefined && this.#trailer !== undefined) {
      throw new S3Error('InvalidRequest', {
        message: 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
      })
    }
    const name = this.#call.header('x-amz-sdk-checksum-algorithm')
    if (name === undefined || !hasChecksum) return
    const header = 'x-amz-sdk-checksum-algorithm'
    const found = this.#checksum?.algorithm ?? this.#trailer
    if (found === undefined) {
      throw new S3Error('InvalidRequest', {
        message: `${header} specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.`,
      })
    }
    if (algorithmOf(name, header) !== found) {
      throw new S3Error('InvalidRequest', { message: `Value for ${header} header is invalid.` })
    }
  }
}

function contentSha256(call: S3Call): string {
  const header = 'x-amz-content-sha256'
  const value = call.header(header)
  if (value === undefined) {
    if (call.credentials.isPresigned) return 'UNSIGNED-PAYLOAD'
    throw new S3Error('InvalidRequest', { message: `Missing required header for this request: ${header}` })
  }
  if (value === 'UNSIGNED-PAYLOAD' || Object.hasOwn(STREAMING, value) || /^[\da-f]{64}$/.test(value)) return value
  throw invalidArgument(
    header,
    value,
    `${header} must be UNSIGNED-PAYLOAD, ${Object.keys(STREAMING).join(', ')} or a valid sha256 value.`,
  )
}

/** Hexadecimal. */
function contentMd5(call: S3Call): string | undefined {
  const value = call.header('content-md5')
  if (value === undefined) return undefined
  const bytes = Buffer.from(value, 'base64')
  if (bytes.length === 16 && bytes.toString('base64') === value) return bytes.toString('hex')
  throw new S3Error('InvalidDigest', { details: [['Content-MD5', value]] })
}

function trailerOf(call: S3Call): ChecksumAlgorithm | undefined {
  const name = call.header('x-amz-trailer')?.trim().toLowerCase()
  if (name === undefined || name === '') return undefined
  const [, algorithm] = /^x-amz-checksum-(\w+)$/.exec(name) ?? []
  if (algorithm !== undefined) return algorithmOf(algorithm, 'x-amz-trailer')
  throw new S3Error('InvalidRequest', { message: 'The value specified in the x-amz-trailer header is not supported' })
}

function lengthOf(call: S3Call, isStreaming: boolean): number {
  const encodings = call.header('content-encoding') ?? ''
  if (!isStreaming && encodings.split(',').some((encoding) => encoding.trim() === 'aws-chunked')) {
    throw new S3Error('InvalidRequest', {
      message: 'Content-Encoding: aws-chunked needs an x-amz-content-sha256 that begins with STREAMING-',
    })
  }
  const text = call.header(isStreaming ? 'x-amz-decoded-content-length' : 'content-length')
  if (text === undefined && !isStreaming) {
    if (call.header('transfer-encoding') !== undefined) throw notImplemented('Transfer-Encoding')
    return 0
  }
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw new S3Error('MissingContentLength')
  const length = Number(text)
  if (length <= MAX_OBJECT_BYTES) return length
  throw new S3Error('EntityTooLarge', {
    details: [
      ['ProposedSize', length],
      ['MaxSizeAllowed', MAX_OBJECT_BYTES],
    ],
  })
}
