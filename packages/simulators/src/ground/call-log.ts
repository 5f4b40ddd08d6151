/** A call as a simulator saw it. */
export interface Call {
  /** `s3`, `sagemaker`. */
  readonly service: string
  /** The provider's name of it: `PutObject`, `CreateTrainingJob`. `Unknown` where the request was none of the service. */
  readonly operation: string
  /** By the simulator's clock, in milliseconds since 1970. */
  readonly at: number
  /** Whose signature it has, by AWS's way to sign; which jobs have is `simulator`. Absent: none, or another way. */
  readonly accessKeyId?: string
  /** `GET`, `PUT`, … */
  readonly method: string
  /** With the query. */
  readonly path: string
  /** 0: not answered, yet or for ever. */
  readonly status: number
  /** The provider's word for what went wrong: `NoSuchKey`. */
  readonly errorCode?: string
  /** Bytes of the request's body that arrived. */
  readonly received: number
  /** Bytes of the answer's body. */
  readonly sent: number
  /** The request as the service read it, where it is a document; without credentials. */
  readonly request?: unknown
  /** The kinds of the faults that it met. */
  readonly faults: readonly string[]
  /** What broke in the simulator itself: the stack of the error. The simulator's `close` says it again. */
  readonly failure?: string
}

/** The same, while it goes on. */
export type OpenCall = { -readonly [K in keyof Call]: Call[K] } & { faults: string[] }
