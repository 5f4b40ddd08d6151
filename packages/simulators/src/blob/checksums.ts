import { createHash } from 'node:crypto'

import type { Exchange } from '../ground/exchange.ts'
import { crc64nvme } from '../objects/crc.ts'
import { sumToBase64 } from '../objects/hasher.ts'
import type { HashedBytes } from '../objects/object-store.ts'
import { BlobError, headerError } from './blob-error.ts'

/** What the service hashes content to. */
export type Sums = Pick<HashedBytes, 'md5' | 'crc64nvme'>

const MD5_BYTES = 16
const CRC64_BYTES = 8

/**
 * Compares what arrived with what the request says it hashes to. The headers of the answer: `Content-MD5` where the request had one,
 * `x-ms-content-crc64` else. Throws a `BlobError` for what differs or cannot be read.
 */
export function checkContent(exchange: Exchange, content: Sums): Readonly<Record<string, string>> {
  const [md5, crc64] = [exchange.header('content-md5'), exchange.header('x-ms-content-crc64')]
  if (md5 !== undefined && crc64 !== undefined) throw new BlobError('InvalidInput')
  if (md5 !== undefined) {
    checkMd5(content, md5)
    return { 'Content-MD5': md5 }
  }
  if (crc64 !== undefined && decodeBase64(crc64)?.length !== CRC64_BYTES) throw headerError('x-ms-content-crc64', crc64)
  const calculated = crc64Of(content.crc64nvme)
  if (crc64 !== undefined && crc64 !== calculated) {
    throw new BlobError('Crc64Mismatch', {
      details: { UserSpecifiedCrc64: crc64, ServerCalculatedCrc64: calculated },
    })
  }
  return { 'x-ms-content-crc64': calculated }
}

/** Throws `Md5Mismatch`, or `InvalidMd5` where `expected` is none. */
export function checkMd5(content: Pick<Sums, 'md5'>, expected: string): void {
  checkMd5Form(expected)
  const calculated = md5Of(content.md5)
  if (expected === calculated) return
  throw new BlobError('Md5Mismatch', { details: { UserSpecifiedMd5: expected, ServerCalculatedMd5: calculated } })
}

/** Throws `InvalidMd5` for what is not the base64 of 16 bytes. */
export function checkMd5Form(md5: string): void {
  if (decodeBase64(md5)?.length !== MD5_BYTES) throw new BlobError('InvalidMd5')
}

/** Base64, from hexadecimal. */
export function md5Of(hexadecimal: string): string {
  return Buffer.from(hexadecimal, 'hex').toString('base64')
}

/** The service's sum is that of NVM Express, with the lowest byte first. */
export function crc64Of(crc64nvme: string): string {
  return Buffer.from(crc64nvme, 'base64').reverse().toString('base64')
}

/** `undefined`: it is none. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

/** Of bytes in memory. */
export function sumsOf(bytes: Uint8Array): Sums {
  return { md5: createHash('md5').update(bytes).digest('hex'), crc64nvme: sumToBase64(crc64nvme(bytes), CRC64_BYTES) }
}
