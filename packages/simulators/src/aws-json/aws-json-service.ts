import { randomUUID } from 'node:crypto'

import type { Exchange } from '../ground/exchange.ts'
import type { Limits } from '../ground/limits.ts'
import type { ErrorKind, RequestLine, Service, ServiceError } from '../ground/service.ts'
import type { CallRate } from '../ground/token-bucket.ts'
import type { AwsJsonCall } from './aws-json-call.ts'
import { AwsJsonError } from './aws-json-error.ts'
import { signatureOf } from './signature.ts'
import { checkRequest } from './validation.ts'

/** What a request is called whose operation the simulator does not have. */
export const UNKNOWN_OPERATION = 'UnknownOperation'

/** An operation of a service. */
export interface AwsJsonOperation {
  /** The shape of its request, in the service's limits. */
  readonly input: string
  /** Does it. Resolves to the answer's document; `undefined`: the answer has no body. */
  readonly run: (call: AwsJsonCall<any>) => unknown
}

/** What makes a service. What faults can act in, by kinds, is that of `Service`; default: none. */
export interface AwsJsonOptions extends Pick<Service, 'lists' | 'effects' | 'conflicts' | 'jobs'> {
  /** As faults and calls name it: `sagemaker`. */
  readonly name: string
  /** Before the `.` of `x-amz-target`: `SageMaker`, `Logs_20140328`. */
  readonly targetPrefix: string
  /** What requests are signed for: `sagemaker`. */
  readonly signingName: string
  /** The shapes of all requests. */
  readonly limits: Limits
  /** By their names. */
  readonly operations: Readonly<Record<string, AwsJsonOperation>>
  /** What a request is refused with that breaks a limit of its shape. Default: `ValidationException`. */
  readonly validationError?: string
  /** Documented ones, by operation. Default: none. */
  readonly rates?: Readonly<Record<string, CallRate>>
  /** The service's own words for a fault of an operation. `undefined`: the common ones. */
  readonly errorFor?: (kind: ErrorKind, operation: string, request: RequestReader) => ErrorWords | Promise<ErrorWords>
  /** Ends what it still does, as the simulator closes. */
  readonly close?: () => Promise<void>
}

/** Reads what a call asks for, within its limits. Rejects with the `AwsJsonError` of a request that breaks one. */
export type RequestReader = () => Promise<unknown>

type ErrorWords = AwsJsonError | undefined

/** The most that a request may have, in bytes. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024
const CONTENT_TYPE = 'application/x-amz-json-1.1'

/** A service of AWS that speaks the protocol `awsJson1_1`: `POST /`, the operation in `x-amz-target`, JSON in and out. */
export class AwsJsonService implements Service {
  readonly name: string
  readonly rates: Readonly<Record<string, CallRate>>
  readonly operations: readonly string[]
  readonly lists: readonly string[]
  readonly effects: readonly string[]
  readonly conflicts: readonly string[]
  readonly jobs: readonly string[]
  readonly #options: AwsJsonOptions

  constructor(options: AwsJsonOptions) {
    const { lists = [], effects = [], conflicts = [], jobs = [] } = options
    this.#options = options
    this.lists = lists
    this.effects = effects
    this.conflicts = conflicts
    this.jobs = jobs
    this.name = options.name
    this.rates = options.rates ?? {}
    this.operations = [...Object.keys(options.operations), UNKNOWN_OPERATION]
  }

  operationOf({ method, rawPath, headers }: RequestLine): string | undefined {
    const target = headers['x-amz-target']
    const { targetPrefix, operations } = this.#options
    if (method !== 'POST' || rawPath !== '/' || typeof target !== 'string') return undefined
    if (!target.startsWith(`${targetPrefix}.`)) return undefined
    const operation = target.slice(targetPrefix.length + 1)
    return Object.hasOwn(operations, operation) ? operation : UNKNOWN_OPERATION
  }

  async serve(exchange: Exchange): Promise<void> {
    const { operations, signingName } = this.#options
    const operation = operations[exchange.call.operation]
    if (operation === undefined || exchange.header('content-type')?.split(';', 1)[0]?.trim() !== CONTENT_TYPE) {
      const asked = `${exchange.header('x-amz-target')} (${exchange.header('content-type') ?? 'no content type'})`
      throw new AwsJsonError('UnknownOperationException', `The simulator does not have ${asked}.`)
    }
    const signature = signatureOf(exchange, signingName)
    const request = await this.#request(exchange, operation)
    const answer = await operation.run({ exchange, request, region: signature.region, signature })
    exchange.send(200, answerHeaders(), answer === undefined ? '' : JSON.stringify(answer))
  }

  answerError(exchange: Exchange, error: ServiceError): void {
    const { status, code, message, headers } = error
    const document = error instanceof AwsJsonError ? error.document : { __type: code, message }
    exchange.send(status, { ...answerHeaders(), ...headers }, JSON.stringify(document))
  }

  async errorFor(kind: ErrorKind, exchange: Exchange): Promise<AwsJsonError> {
    const { errorFor, operations } = this.#options
    const name = exchange.call.operation
    const own = await errorFor?.(kind, name, async () => this.#request(exchange, operations[name]))
    return own ?? COMMON_ERRORS[kind]()
  }

  async close(): Promise<void> {
    await this.#options.close?.()
  }

  async #request(exchange: Exchange, operation: AwsJsonOperation | undefined): Promise<unknown> {
    const { limits, validationError } = this.#options
    const written = await readRequest(exchange)
    if (operation !== undefined) checkRequest(written, operation.input, { limits, code: validationError })
    return withoutNull(written)
  }
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/CommonErrors.html, with the status that these services send for them. */
const COMMON_ERRORS: Readonly<Record<ErrorKind, () => AwsJsonError>> = {
  throttle: () => new AwsJsonError('ThrottlingException', 'Rate exceeded'),
  'server-error': () =>
    new AwsJsonError('InternalFailure', 'The request processing has failed because of an unknown error.', {
      status: 500,
    }),
  'expired-token': () =>
    new AwsJsonError('ExpiredTokenException', 'The security token included in the request is expired'),
  capacity: () =>
    new AwsJsonError('ServiceUnavailable', 'The request has failed due to a temporary failure of the server.', {
      status: 503,
    }),
}

async function readRequest(exchange: Exchange): Promise<unknown> {
  try {
    return await exchange.json(MAX_REQUEST_BYTES)
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new AwsJsonError('SerializationException', 'Unexpected token in the request')
    if (error instanceof RangeError) {
      const message = `Request size exceeded ${MAX_REQUEST_BYTES} bytes`
      throw new AwsJsonError('RequestEntityTooLargeException', message, { status: 413 })
    }
    throw error
  }
}

/** A member that is `null` is absent, as the services read it. */
function withoutNull(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNull)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNull(item)]),
  )
}

function answerHeaders(): Readonly<Record<string, string>> {
  return { 'x-amzn-RequestId': randomUUID(), 'Content-Type': CONTENT_TYPE }
}
