import type { Exchange } from './exchange.ts'

/** One service of a provider: what its API does with a request. All services of a provider share a server. */
export interface Service {
  /** `s3`, `gcs`, `blob`, `sagemaker`; the first word of a fault's operation. */
  readonly name: string
  /** Which of its operations a request is, by method, path, query and headers alone. `undefined`: not of this service. */
  operationOf(request: RequestLine): string | undefined
  /** Does it, and answers. What it throws is answered as `answerError` says. */
  serve(exchange: Exchange): Promise<void>
  /** Answers with an error in the provider's own form: what was thrown, or a fault. */
  answerError(exchange: Exchange, error: ServiceError): void
  /** The error that a fault stands for, or that the server itself makes, in the provider's words. */
  errorFor(kind: 'throttle' | 'server-error' | 'expired-token' | 'capacity', exchange: Exchange): ServiceError
}

/** As much of a request as decides whose it is. */
export interface RequestLine {
  readonly method: string
  readonly url: URL
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
