import { GcsError, invalid, type GcsErrorDetail } from './gcs-error.ts'

/** What bytes hash to, as the JSON API says it. */
export interface GcsHashes {
  /** Base64. */
  readonly md5: string
  /** Base64, of the four bytes, the highest first. */
  readonly crc32c: string
}

/** What a client says that its bytes hash to. */
export type DeclaredHashes = { readonly [K in keyof GcsHashes]: readonly string[] }

/** Of the header `X-Goog-Hash` (`crc32c=…,md5=…`) and of the metadata. Throws a 400 for what is no hash. */
export function readHashes(
  header: string | undefined,
  metadata: Readonly<Record<string, unknown>> = {},
): DeclaredHashes {
  const md5 = declared('md5Hash', metadata['md5Hash'], 16)
  const crc32c = declared('crc32c', metadata['crc32c'], 4)
  for (const part of header?.split(',') ?? []) {
    const [name, ...value] = part.trim().split('=')
    if (name === 'md5') md5.push(...declared('X-Goog-Hash', value.join('='), 16))
    else if (name === 'crc32c') crc32c.push(...declared('X-Goog-Hash', value.join('='), 4))
    else throw invalid(`Invalid X-Goog-Hash: ${part}`)
  }
  return { md5, crc32c }
}

/** All that two requests for the same bytes declared. */
export function joinHashes(left: DeclaredHashes, right: DeclaredHashes): DeclaredHashes {
  return { md5: [...left.md5, ...right.md5], crc32c: [...left.crc32c, ...right.crc32c] }
}

/** Throws a 400 that names each hash that is not what was declared. */
export function checkHashes({ md5, crc32c }: DeclaredHashes, actual: GcsHashes): void {
  const details = [...mismatches('CRC32C', crc32c, actual.crc32c), ...mismatches('MD5 hash', md5, actual.md5)]
  const [first, ...others] = details
  if (first !== undefined) throw new GcsError(400, [first, ...others])
}

/** Base64 of hexadecimal digits. */
export function base64OfHex(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64')
}

function mismatches(name: string, declaredOnes: readonly string[], actual: string): readonly GcsErrorDetail[] {
  return [...new Set(declaredOnes)]
    .filter((one) => one !== actual)
    .map((one) => ({
      reason: 'invalid',
      message: `Provided ${name} "${one}" doesn't match calculated ${name} "${actual}".`,
    }))
}

function declared(where: string, value: unknown, bytes: number): string[] {
  if (value === undefined || value === null) return []
  const isHash =
    typeof value === 'string' &&
    Buffer.from(value, 'base64').length === bytes &&
    Buffer.from(value, 'base64').toString('base64') === value
  if (!isHash) throw invalid(`Invalid value for ${where}: ${JSON.stringify(value)}`)
  return [value]
}
