import { crc32 } from 'node:zlib'

import fc from 'fast-check'
import { expect, test } from 'vitest'

import { CRC32C_POLYNOMIAL, CRC64NVME_POLYNOMIAL, crc32c, crc64nvme } from '../../src/objects/crc.ts'
import { sumToBase64 } from '../../src/objects/hasher.ts'
import { JoinedCrc } from '../../src/objects/joined-crc.ts'

const bytes = fc.uint8Array({ maxLength: 70 })

/** Bit by bit, as the definition has it. */
function plain(content: Uint8Array, polynomial: bigint, bits: bigint): bigint {
  const ones = (1n << bits) - 1n
  let sum = ones
  for (const byte of content) {
    sum ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >> 1n) ^ (sum & 1n ? polynomial : 0n)
  }
  return sum ^ ones
}

test('the published check values', () => {
  const check = Buffer.from('123456789')
  expect(crc32c(check)).toBe(0xe3069283)
  expect(crc64nvme(check)).toBe(0xae8b14860a799888n)
  // RFC 3720, B.4, and the NVM Command Set specification, 5.2.1.3.5.
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa)
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43)
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e)
  expect(crc64nvme(Buffer.alloc(4096))).toBe(0x6482d367eb22b64en)
  expect(crc64nvme(Buffer.alloc(4096, 0xff))).toBe(0xc0ddba7302eca3acn)
  expect([crc32c(Buffer.alloc(0)), crc64nvme(Buffer.alloc(0))]).toEqual([0, 0n])
})

test('as bit by bit, from any place in a buffer, in any pieces', () => {
  fc.assert(
    fc.property(bytes, bytes, (one, other) => {
      const buffer = Buffer.concat([one, other])
      const [first, rest] = [buffer.subarray(0, one.length), buffer.subarray(one.length)]
      expect(BigInt(crc32c(buffer))).toBe(plain(buffer, CRC32C_POLYNOMIAL, 32n))
      expect(crc32c(rest, crc32c(first))).toBe(crc32c(buffer))
      expect(crc64nvme(buffer)).toBe(plain(buffer, CRC64NVME_POLYNOMIAL, 64n))
      expect(crc64nvme(rest, crc64nvme(first))).toBe(crc64nvme(buffer))
    }),
  )
})

test('the sum of joined bytes comes from those of the parts', () => {
  const joined = [
    new JoinedCrc(0xedb88320n, 32),
    new JoinedCrc(CRC32C_POLYNOMIAL, 32),
    new JoinedCrc(CRC64NVME_POLYNOMIAL, 64),
  ]
  const sums = [
    (content: Uint8Array) => BigInt(crc32(content)),
    (content: Uint8Array) => BigInt(crc32c(content)),
    crc64nvme,
  ]
  fc.assert(
    fc.property(bytes, bytes, (one, other) => {
      for (const [index, sum] of sums.entries()) {
        expect(joined[index]?.join(sum(one), sum(other), other.length)).toBe(sum(Buffer.concat([one, other])))
      }
    }),
  )
})

test('sums are written with the highest byte first', () => {
  expect(sumToBase64(0xe3069283, 4)).toBe('4waSgw==')
  expect(sumToBase64(1n, 8)).toBe('AAAAAAAAAAE=')
})
