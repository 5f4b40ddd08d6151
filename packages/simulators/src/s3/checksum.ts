import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

import type { Exchange } from '../ground/exchange.ts'
import { CRC32_POLYNOMIAL, CRC32C_POLYNOMIAL, CRC64NVME_POLYNOMIAL, crc32c } from '../objects/crc.ts'
import { sumToBase64 } from '../objects/hasher.ts'
import { JoinedCrc } from '../objects/joined-crc.ts'
import type { HashedBytes } from '../objects/object-store.ts'
import { invalidArgument, S3Error } from './s3-error.ts'
import type { XmlMembers } from './xml.ts'

/** The algorithms of checksums that the simulator has; S3 has a few more. */
export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const
/** One of them. */
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number]
/** `FULL_OBJECT`: of all bytes. `COMPOSITE`: of the sums of the parts. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE'

/** A checksum as S3 keeps it with an object. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm
  /** Base64; of a composite one with `-` and the number of parts. */
  readonly value: string
  readonly type: ChecksumType
}

/** A checksum as a request brings it. */
export type GivenChecksum = Pick<Checksum, 'algorithm' | 'value'>

/** What S3 counts where nobody asked for anything. */
export const DEFAULT_ALGORITHM: ChecksumAlgorithm = 'CRC64NVME'

const SIZES: Readonly<Record<ChecksumAlgorithm, number>> = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 }

/** Throws `InvalidRequest` for one that the simulator does not know. */
export function algorithmOf(name: string, header: string): ChecksumAlgorithm {
  const found = CHECKSUM_ALGORITHMS.find((algorithm) => algorithm === name.toUpperCase())
  if (found !== undefined) return found
  throw new S3Error('InvalidRequest', {
    message: `Value for ${header} header is invalid: the simulator has ${CHECKSUM_ALGORITHMS.join(', ')}.`,
  })
}

/** The header of a checksum. */
export function headerOf(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`
}

/** The element of a checksum. */
export function elementOf(algorithm: ChecksumAlgorithm): string {
  return `Checksum${algorithm}`
}

/** The checksum in an answer's headers. */
export function checksumHeaders({ algorithm, value, type }: Checksum): Readonly<Record<string, string>> {
  return { [headerOf(algorithm)]: value, 'x-amz-checksum-type': type }
}

/** The checksum in an answer's document. */
export function checksumMembers({ algorithm, value, type }: Checksum): XmlMembers {
  return [
    [elementOf(algorithm), value],
    ['ChecksumType', type],
  ]
}

/** The one checksum among the headers. `mayBeComposite`: it may end in the number of parts. Throws `InvalidRequest`. */
export function checksumInHeaders(
  exchange: Exchange,
  { mayBeComposite = false }: { readonly mayBeComposite?: boolean } = {},
): GivenChecksum | undefined {
  const names = Object.keys(exchange.request.headers).filter((name) =>
    /^x-amz-checksum-(?!algorithm$|type$|mode$)/.test(name),
  )
  const [name] = names
  if (name === undefined) return undefined
  if (names.length > 1) {
    throw new S3Error('InvalidRequest', {
      message: 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    })
  }
  const algorithm = algorithmOf(name.slice('x-amz-checksum-'.length), name)
  const value = exchange.header(name) ?? ''
  checkValue(algorithm, mayBeComposite ? value.replace(/-\d+$/, '') : value)
  return { algorithm, value }
}

/** Throws `InvalidRequest` for what cannot be a checksum of this algorithm. */
export function checkValue(algorithm: ChecksumAlgorithm, value: string): void {
  const bytes = Buffer.from(value, 'base64')
  if (bytes.length === SIZES[algorithm] && bytes.toString('base64') === value) return
  throw new S3Error('InvalidRequest', { message: `Value for ${headerOf(algorithm)} header is invalid.` })
}

/** Says that bytes are not what they were said to be. */
export function badChecksum(algorithm: ChecksumAlgorithm): S3Error {
  return new S3Error('BadDigest', { message: `The ${algorithm} you specified did not match the calculated checksum.` })
}

/** The sums that the store finds out by itself. */
export type Sums = Pick<HashedBytes, 'md5' | 'sha256' | 'crc32' | 'crc32c' | 'crc64nvme'>

/** One of them; SHA-1 is none of them. */
export function sumIn(sums: Sums, algorithm: ChecksumAlgorithm, sha1: () => string): string {
  switch (algorithm) {
    case 'CRC32':
      return sums.crc32
    case 'CRC32C':
      return sums.crc32c
    case 'CRC64NVME':
      return sums.crc64nvme
    case 'SHA256':
      return sums.sha256
    case 'SHA1':
      return sha1()
  }
}

/** Of stored bytes, which are read for it where it is not known. */
export async function checksumOf(bytes: HashedBytes, algorithm: ChecksumAlgorithm): Promise<string> {
  const sha1 = createHash('sha1')
  if (algorithm === 'SHA256') await bytes.hash()
  if (algorithm === 'SHA1') for await (const chunk of bytes.open() as AsyncIterable<Uint8Array>) sha1.update(chunk)
  return sumIn(bytes, algorithm, () => sha1.digest('base64'))
}

/** A part's share of the checksum of a whole. */
export interface PartSum {
  readonly size: number
  /** Base64. */
  readonly value: string
}

/** Of the parts of an upload, in their order. */
export function joinedChecksum(parts: readonly PartSum[], algorithm: ChecksumAlgorithm, type: ChecksumType): Checksum {
  if (type === 'FULL_OBJECT') return { algorithm, value: fullValue(parts, algorithm), type }
  const sums = Buffer.concat(parts.map(({ value }) => Buffer.from(value, 'base64')))
  return { algorithm, value: `${digest(sums, algorithm)}-${parts.length}`, type }
}

function fullValue(parts: readonly PartSum[], algorithm: ChecksumAlgorithm): string {
  const crc = joinerOf(algorithm)
  const sum = parts.reduce(
    (joined, { value, size }) => crc.join(joined, BigInt(`0x${Buffer.from(value, 'base64').toString('hex')}`), size),
    0n,
  )
  return sumToBase64(sum, algorithm === 'CRC64NVME' ? 8 : 4)
}

function joinerOf(algorithm: ChecksumAlgorithm): JoinedCrc {
  switch (algorithm) {
    case 'CRC32':
      return new JoinedCrc(CRC32_POLYNOMIAL, 32)
    case 'CRC32C':
      return new JoinedCrc(CRC32C_POLYNOMIAL, 32)
    case 'CRC64NVME':
      return new JoinedCrc(CRC64NVME_POLYNOMIAL, 64)
    default:
      throw new TypeError(`${algorithm} of parts cannot be joined`)
  }
}

function digest(bytes: Uint8Array, algorithm: ChecksumAlgorithm): string {
  switch (algorithm) {
    case 'CRC32':
      return sumToBase64(crc32(bytes), 4)
    case 'CRC32C':
      return sumToBase64(crc32c(bytes), 4)
    case 'SHA1':
    case 'SHA256':
      return createHash(algorithm).update(bytes).digest('base64')
    case 'CRC64NVME':
      throw new TypeError('CRC64NVME is of full objects only')
  }
}

/** What a multipart upload counts. Throws `InvalidRequest` for a type that the algorithm does not have. */
export function uploadChecksum(exchange: Exchange): { algorithm: ChecksumAlgorithm | undefined; type: ChecksumType } {
  const header = 'x-amz-checksum-algorithm'
  const name = exchange.header(header)
  const asked = exchange.header('x-amz-checksum-type')?.toUpperCase()
  if (name === undefined) {
    if (asked === undefined) return { algorithm: undefined, type: 'FULL_OBJECT' }
    throw new S3Error('InvalidRequest', {
      message: 'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    })
  }
  const algorithm = algorithmOf(name, header)
  const type = asked ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE')
  if (type !== 'FULL_OBJECT' && type !== 'COMPOSITE') {
    throw invalidArgument('x-amz-checksum-type', type, 'Value for x-amz-checksum-type header is invalid.')
  }
  if (algorithm === 'CRC64NVME' ? type === 'COMPOSITE' : type === 'FULL_OBJECT' && algorithm.startsWith('SHA')) {
    throw new S3Error('InvalidRequest', {
      message: `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    })
  }
  return { algorithm, type }
}
