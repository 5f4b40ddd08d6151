/** The codes of the OCI distribution specification, and three that Docker's registry and this one add. */
export type DistributionErrorCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'UNAUTHORIZED'
  | 'DENIED'
  | 'UNSUPPORTED'
  | 'TOOMANYREQUESTS'
  | 'TAG_INVALID'
  | 'RANGE_INVALID'
  | 'UNKNOWN'

/** An answer that says no: thrown by what handles a request, and sent as `{"errors":[{"code","message"}]}`. */
export class DistributionError extends Error {
  readonly status: number
  readonly code: DistributionErrorCode
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: DistributionErrorCode, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.name = 'DistributionError'
    this.status = status
    this.code = code
    this.headers = headers
  }

  /** The body. */
  toJSON(): unknown {
    return { errors: [{ code: this.code, message: this.message }] }
  }
}
