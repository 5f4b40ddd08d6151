/** A request that a registry answered. */
export interface LoggedRequest {
  /** `PUT` */
  readonly method: string
  /** With its query: `/v2/app/blobs/uploads/?mount=…`. */
  readonly path: string
  /** Of its answer. */
  readonly status: number
  /** Bytes of the answer's body. */
  readonly bytes: number
}

/** The whole lines of a log in Apache's combined format. */
export function parseAccessLog(text: string): readonly LoggedRequest[] {
  const lines = text.matchAll(
    /^\S+ \S+ \S+ \[[^\]]*\] "(?<method>[A-Z]+) (?<path>\S+) [^"]*" (?<status>\d{3}) (?<bytes>\d+) .*\n/gmu,
  )
  return [...lines].map(({ groups }) => {
    const { method = '', path = '', status, bytes } = groups ?? {}
    return { method, path, status: Number(status), bytes: Number(bytes) }
  })
}
