import { invalid } from './gcs-error.ts'

const MAX_OBJECT_NAME_BYTES = 1024
/** Of a name with dots, and of each of its parts. */
const MAX_BUCKET_NAME = 222
const MAX_BUCKET_PART = 63

/**
 * By https://cloud.google.com/storage/docs/buckets#naming. Throws a 400. That the owner of a domain name is known is not asked.
 */
export function checkBucketName(name: string): void {
  const parts = name.split('.')
  const isGood =
    /^[a-z0-9][a-z0-9._-]+[a-z0-9]$/.test(name) &&
    name.length <= MAX_BUCKET_NAME &&
    parts.every((part) => part.length >= 1 && part.length <= MAX_BUCKET_PART) &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !name.startsWith('goog') &&
    !/g[o0]{2}gle/.test(name)
  if (!isGood) throw invalid(`Invalid bucket name: '${name}'`)
}

/** By https://cloud.google.com/storage/docs/objects#naming. Throws a 400. */
export function checkObjectName(name: string): void {
  const bytes = Buffer.byteLength(name)
  if (bytes > MAX_OBJECT_NAME_BYTES) {
    throw invalid(`The object name has ${bytes} bytes in UTF-8: at most ${MAX_OBJECT_NAME_BYTES} are allowed`, 'name')
  }
  const isGood =
    name.length > 0 &&
    name !== '.' &&
    name !== '..' &&
    name.isWellFormed() &&
    !/[\r\n]/.test(name) &&
    !name.startsWith('.well-known/acme-challenge/')
  if (!isGood) throw invalid(`Invalid object name: ${JSON.stringify(name)}`, 'name')
}
