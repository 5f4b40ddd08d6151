import { S3Error } from './s3-error.ts'

const MAX_KEY_BYTES = 1024

/**
 * True for the name of a general purpose bucket:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export function isBucketName(name: string): boolean {
  return (
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !name.includes('..') &&
    !/^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name) &&
    !/^(?:xn--|sthree-|amzn-s3-demo-)/.test(name) &&
    !/(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name)
  )
}

/** Throws `KeyTooLongError` for a key of more than 1,024 bytes of UTF-8, and `InvalidURI` for one that leads above the bucket. */
export function checkKey(key: string): void {
  const size = Buffer.byteLength(key)
  if (size > MAX_KEY_BYTES) {
    throw new S3Error('KeyTooLongError', {
      details: [
        ['Size', size],
        ['MaxSizeAllowed', MAX_KEY_BYTES],
      ],
    })
  }
  let depth = 0
  for (const part of key.split('/')) {
    depth += part === '..' ? -1 : 1
    if (depth < 0) throw new S3Error('InvalidURI', { details: [['URI', key]] })
  }
}
