import type { Exchange } from '../ground/exchange.ts'
import type { ErrorKind, RequestLine, Service, ServiceError } from '../ground/service.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import { GcsBuckets } from './buckets.ts'
import { download } from './downloads.ts'
import { backendError, errorBody, GcsError, invalidCredentials, notImplemented } from './gcs-error.ts'
import { JSON_HEADERS } from './json.ts'
import { GcsObjects } from './objects.ts'
import { refuseFeatures } from './refused.ts'
import { GCS_OPERATIONS, gcsOperationOf, gcsRouteOf, isXmlPath } from './route.ts'
import { GcsUploads } from './uploads.ts'
import { xmlErrorBody } from './xml-api.ts'

/**
 * Cloud Storage: the JSON API, as the unmodified `@google-cloud/storage` speaks it. It is reached by
 * `new Storage({ apiEndpoint: simulator.endpoint, projectId: 'any' })` and nothing else: an `apiEndpoint` that is not of Google makes the SDK send
 * no `Authorization` at all and look for no credentials, and `projectId` keeps it from asking the machine for one. So a request without
 * `Authorization` is served here; with one (`useAuthWithCustomEndpoint`) it has to be `Bearer` and some token, else the answer is a 401. What a
 * token allows is not asked. `STORAGE_EMULATOR_HOST` does as well.
 *
 * It has buckets, and objects with generations and preconditions: uploads in one request and resumable ones, downloads with ranges, lists, copies,
 * composition, metadata, holds. It has no old versions, access control, encryption keys, retention and lifecycles that act, notifications, and
 * of the XML API the read of an object only, by `<endpoint>/<bucket>/<object>` (uploads in its parts, as `TransferManager.uploadFileInChunks`
 * makes them, are refused). Operations are called as `GCS_OPERATIONS` lists them.
 *
 * All of it is strongly consistent, as the provider's is: a call is answered after it happened, so that a fault `delayed-effect` is refused.
 */
export class GcsService implements Service {
  readonly name = 'gcs'
  readonly operations: readonly string[] = GCS_OPERATIONS
  readonly lists: readonly string[] = ['objects.list']
  readonly effects: readonly string[] = []
  readonly conflicts: readonly string[] = []
  readonly jobs: readonly string[] = []
  readonly #buckets: GcsBuckets
  readonly #objects: GcsObjects
  readonly #uploads: GcsUploads

  constructor(objects: ObjectStore) {
    this.#buckets = new GcsBuckets(objects)
    this.#objects = new GcsObjects(this.#buckets)
    this.#uploads = new GcsUploads(this.#buckets)
  }

  operationOf(request: RequestLine): string | undefined {
    return gcsOperationOf(request)
  }

  async serve(exchange: Exchange): Promise<void> {
    const { method, url, rawPath, request } = exchange
    const authorization = exchange.header('authorization')
    if (authorization !== undefined && !/^Bearer \S+$/.test(authorization)) throw invalidCredentials()
    if (exchange.call.operation === 'Unsupported') throw notImplemented(`${method} ${rawPath}${url.search}`)
    const route = gcsRouteOf({ method, url, rawPath, headers: request.headers })
    const call = { exchange, route, query: url.searchParams }
    refuseFeatures(call)
    switch (route.operation) {
      case 'buckets.insert':
        return this.#buckets.insert(call)
      case 'buckets.list':
        return this.#buckets.list(call)
      case 'buckets.get':
        return this.#buckets.read(call)
      case 'buckets.patch':
      case 'buckets.update':
        return this.#buckets.change(call)
      case 'buckets.delete':
        return this.#buckets.delete(call)
      case 'objects.list':
        return this.#objects.list(call)
      case 'objects.get':
        return this.#objects.read(call)
      case 'objects.download':
        return download(call, this.#buckets)
      case 'objects.patch':
      case 'objects.update':
        return this.#objects.change(call)
      case 'objects.delete':
        return this.#objects.delete(call)
      case 'objects.compose':
        return this.#objects.compose(call)
      case 'objects.rewrite':
      case 'objects.copy':
        return this.#objects.copy(call)
      case 'objects.insert':
        return this.#uploads.insert(call)
      case 'uploads.start':
        return this.#uploads.start(call)
      case 'uploads.write':
        return this.#uploads.write(call)
      case 'uploads.query':
        return this.#uploads.query(call)
      case 'uploads.cancel':
        return this.#uploads.cancel(call)
      case 'Unsupported':
        throw new Error('it was refused')
    }
  }

  /** As JSON; where bytes were asked for, as a text; by the XML API as XML. */
  answerError(exchange: Exchange, error: ServiceError): void {
    const { status, message, headers } = error
    if (status === 304) exchange.send(status, headers)
    else if (isXmlPath(exchange.rawPath)) {
      exchange.send(status, { 'Content-Type': 'application/xml; charset=UTF-8', ...headers }, xmlErrorBody(error))
    } else if (exchange.call.operation === 'objects.download') {
      exchange.send(status, { 'Content-Type': 'text/html; charset=UTF-8', ...headers }, message)
    } else exchange.send(status, { ...JSON_HEADERS, ...headers }, errorBody(error))
  }

  /** No call of storage needs a machine: its `capacity` is a service that is not to be had. */
  errorFor(kind: ErrorKind): GcsError {
    switch (kind) {
      case 'throttle':
        return new GcsError(429, [{ domain: 'usageLimits', reason: 'rateLimitExceeded', message: THROTTLED }])
      case 'expired-token':
        return invalidCredentials()
      case 'server-error':
        return backendError()
      case 'capacity':
        return backendError('Service Unavailable')
    }
  }
}

const THROTTLED =
  'The object exceeded the rate limit for object mutation operations (create, update, and delete). Please reduce your ' +
  'request rate. See https://cloud.google.com/storage/docs/gcs429.'
