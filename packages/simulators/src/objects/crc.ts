/**
 * CRC-32C and CRC-64/NVME, eight bytes at a time by tables ("slicing by 8"): Node.js has neither. Bits are reflected, and both start
 * and end inverted.
 */

/** The polynomial of zip and gzip, reflected. */
export const CRC32_POLYNOMIAL = 0xedb88320n
/** Castagnoli's polynomial, reflected. */
export const CRC32C_POLYNOMIAL = 0x82f63b78n
/** That of the NVM Express specification, reflected; it is that of Azure's storage too. */
export const CRC64NVME_POLYNOMIAL = 0x9a6c9329ac4bc9b5n

const { low: T32 } = tables(CRC32C_POLYNOMIAL)
const { low: LOW, high: HIGH } = tables(CRC64NVME_POLYNOMIAL)

/** Of `bytes`, or of what `before` is the sum of and these bytes after it. Unsigned. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let crc = ~before
  let at = 0
  for (const end = bytes.length - (bytes.length % 8); at < end; at += 8) {
    const one = crc ^ view.getUint32(at, true)
    const two = view.getUint32(at + 4, true)
    crc =
      T32[1792 + (one & 255)]! ^
      T32[1536 + ((one >>> 8) & 255)]! ^
      T32[1280 + ((one >>> 16) & 255)]! ^
      T32[1024 + (one >>> 24)]! ^
      T32[768 + (two & 255)]! ^
      T32[512 + ((two >>> 8) & 255)]! ^
      T32[256 + ((two >>> 16) & 255)]! ^
      T32[two >>> 24]!
  }
  for (; at < bytes.length; at += 1) crc = (crc >>> 8) ^ T32[(crc ^ bytes[at]!) & 255]!
  return ~crc >>> 0
}

/** Of `bytes`, or of what `before` is the sum of and these bytes after it. */
export function crc64nvme(bytes: Uint8Array, before = 0n): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let low = ~Number(before & 0xffff_ffffn)
  let high = ~Number(before >> 32n)
  let at = 0
  for (const end = bytes.length - (bytes.length % 8); at < end; at += 8) {
    const one = low ^ view.getUint32(at, true)
    const two = high ^ view.getUint32(at + 4, true)
    const a = 1792 + (one & 255)
    const b = 1536 + ((one >>> 8) & 255)
    const c = 1280 + ((one >>> 16) & 255)
    const d = 1024 + (one >>> 24)
    const e = 768 + (two & 255)
    const f = 512 + ((two >>> 8) & 255)
    const g = 256 + ((two >>> 16) & 255)
    const h = two >>> 24
    low = LOW[a]! ^ LOW[b]! ^ LOW[c]! ^ LOW[d]! ^ LOW[e]! ^ LOW[f]! ^ LOW[g]! ^ LOW[h]!
    high = HIGH[a]! ^ HIGH[b]! ^ HIGH[c]! ^ HIGH[d]! ^ HIGH[e]! ^ HIGH[f]! ^ HIGH[g]! ^ HIGH[h]!
  }
  for (; at < bytes.length; at += 1) {
    const index = (low ^ bytes[at]!) & 255
    low = ((low >>> 8) | (high << 24)) ^ LOW[index]!
    high = (high >>> 8) ^ HIGH[index]!
  }
  return (BigInt(~high >>> 0) << 32n) | BigInt(~low >>> 0)
}

/** Table k, from 256 k on: what a byte does that k bytes follow. */
function tables(polynomial: bigint): { readonly low: Int32Array; readonly high: Int32Array } {
  const sums: bigint[] = []
  for (let index = 0; index < 8 * 256; index += 1) {
    const before = sums[index - 256]
    if (before === undefined) {
      let sum = BigInt(index)
      for (let bit = 0; bit < 8; bit += 1) sum = (sum >> 1n) ^ (sum & 1n ? polynomial : 0n)
      sums.push(sum)
    } else sums.push((before >> 8n) ^ sums[Number(before & 255n)]!)
  }
  return {
    low: Int32Array.from(sums, (sum) => Number(BigInt.asIntN(32, sum))),
    high: Int32Array.from(sums, (sum) => Number(BigInt.asIntN(32, sum >> 32n))),
  }
}
