import type { Exchange } from './exchange.ts'
import type { CallRate } from './token-bucket.ts'

/** One service of a provider: what its API does with a request. All services of a provider share a server. */
export interface Service {
  /** `s3`, `gcs`, `blob`, `sagemaker`; the first word of a fault's operation. */
  readonly name: string
  /** The rates that the provider documents, by operation; `*`: all others together. Default: none. */
  readonly rates?: Readonly<Record<string, CallRate>>
  /** Which of its operations a request is, by method, path, query and headers alone. `undefined`: not of this service. */
  operationOf(request: RequestLine): string | undefined
  /** All that `operationOf` can say: a fault of another operation is refused when it is asked for. Default: not known. */
  readonly operations?: readonly string[]
  /** Those that answer with a list, and ask `staleMs`: any other refuses a `stale-list`. Default: not known. */
  readonly lists?: readonly string[]
  /** Those that change things by `effect`: any other refuses a `delayed-effect`. Default: not known. */
  readonly effects?: readonly string[]
  /** Those that ask `isConflict`: any other refuses a `conflict`. Default: not known. */
  readonly conflicts?: readonly string[]
  /** Those that create a job, and ask `faults.takeForJob`: any other refuses the faults of jobs. Default: not known. */
  readonly jobs?: readonly string[]
  /**
   * Does it, and answers. A `ServiceError` that it throws is answered as `answerError` says. Anything else that it throws is a
   * mistake of the simulator: answered as an error of the server, and told again when the simulator is closed.
   */
  serve(exchange: Exchange): Promise<void>
  /** Answers with an error in the provider's own form: what was thrown, or a fault. */
  answerError(exchange: Exchange, error: ServiceError): void
  /** The error that a fault stands for, or that the server itself makes, in the provider's words. */
  errorFor(kind: ErrorKind, exchange: Exchange): ServiceError | Promise<ServiceError>
  /** Ends what it still does, as the simulator closes: jobs that run. */
  close?(): Promise<void>
}

/** What a provider is made of. */
export interface ProviderServices {
  readonly services: readonly Service[]
  /** `127.0.0.1:41234`: the registry beside them, where it has one. It closes with its service. */
  readonly registry?: string
}

/** The errors that every service has words for. */
export type ErrorKind = 'throttle' | 'server-error' | 'expired-token' | 'capacity'

/** As much of a request as decides whose it is. */
export interface RequestLine {
  readonly method: string
  /** As browsers read it: `/a/../b` is `/b` in it. */
  readonly url: URL
  /** The path as it was sent, without the query: `/a/../b`. A provider whose names may have such parts reads this one. */
  readonly rawPath: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** An error that is an answer. */
export class ServiceError extends Error {
  override readonly name: string = 'ServiceError'
  readonly status: number
  /** The provider's word: `NoSuchKey`. */
  readonly code: string
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}
