/** Configuration of the artifact store `s3`. */
export interface S3Config {
  /** `s3://bucket` or `s3://bucket/prefix`: objects lie below it. */
  readonly uri: string
  /** The bucket's region. Default: `AWS_REGION`, else `AWS_DEFAULT_REGION`, of the launcher. */
  readonly region?: string
  /** Of `~/.aws/config`, for the launcher. Default: as the SDK finds credentials. */
  readonly profile?: string
  /** Instead of Amazon's: a simulator, or another store with the same protocol. A loopback one needs no credentials. */
  readonly endpoint?: string
  /** Id, alias or ARN of the KMS key that objects are encrypted with. Default: as the bucket is set up. */
  readonly kmsKeyId?: string
}

/** The same, checked and complete. */
export interface ResolvedS3Config extends S3Config {
  readonly region: string
}

/** What a job needs to open the store: no credentials, and no profile, which is the launcher's. */
export type S3JobConfig = Omit<ResolvedS3Config, 'profile'> & { readonly flavor: 's3' }

/** Bucket and prefix of an `s3://` URI. The prefix has no slash at its ends, and may be empty. */
export interface S3Place {
  readonly bucket: string
  readonly prefix: string
}

/** The longest `jobConfig`, in bytes as JSON: what every provider takes as one environment value. */
export const MAX_JOB_CONFIG_BYTES = 512

/** Letters, digits, dots and hyphens: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

/** Reads `s3://bucket/prefix`. `undefined` where it is none: no such bucket can be, or a part of the prefix is empty, `.` or `..`. */
export function parseS3Uri(uri: string): S3Place | undefined {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]+)\/?(.*?)\/?$/s.exec(uri) ?? []
  if (!BUCKET.test(bucket)) return undefined
  const isPrefix = path === '' || path.split('/').every((part) => !/^\.{0,2}$/.test(part) && !hasControl(part))
  return isPrefix ? { bucket, prefix: path } : undefined
}

function hasControl(part: string): boolean {
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  return /[\u0000-\u001f\u007f]/.test(part)
}

/** What a job gets of a configuration. */
export function s3JobConfig({ uri, region, endpoint, kmsKeyId }: ResolvedS3Config): S3JobConfig {
  return {
    flavor: 's3',
    uri,
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
  }
}
