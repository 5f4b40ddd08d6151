import { randomUUID } from 'node:crypto'

import type { Exchange } from '../ground/exchange.ts'
import type { ErrorKind, RequestLine, Service, ServiceError } from '../ground/service.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import { checkAccess, expiredError } from './access.ts'
import { appendBlock } from './append-blobs.ts'
import { checkVersion, commonHeaders, type BlobCall } from './blob-call.ts'
import { BlobError } from './blob-error.ts'
import { blobOperationOf, UNSUPPORTED } from './blob-operation.ts'
import { getBlockList, putBlob, putBlock, putBlockList } from './block-blobs.ts'
import { deleteBlob, setBlobMetadata, setBlobProperties } from './change-blobs.ts'
import {
  createContainer,
  deleteContainer,
  getAccountInformation,
  getContainer,
  listContainers,
  setContainerMetadata,
} from './container-calls.ts'
import { Containers } from './containers.ts'
import { copyBlob, putBlobFromUrl } from './copy-blobs.ts'
import { listBlobs } from './list-blobs.ts'
import { getBlob, getBlobMetadata, getBlobProperties } from './read-blobs.ts'
import { refuseFeatures, unsupported } from './refused.ts'
import { resourceOf } from './resource.ts'
import { document, element } from './xml.ts'

const HANDLERS: Readonly<Record<string, (call: BlobCall) => Promise<void>>> = {
  AppendBlock: appendBlock,
  CopyBlob: copyBlob,
  CopyBlobFromURL: copyBlob,
  CreateContainer: createContainer,
  DeleteBlob: deleteBlob,
  DeleteContainer: deleteContainer,
  GetAccountInformation: getAccountInformation,
  GetBlob: getBlob,
  GetBlobMetadata: getBlobMetadata,
  GetBlobProperties: getBlobProperties,
  GetBlockList: getBlockList,
  GetContainerMetadata: getContainer,
  GetContainerProperties: getContainer,
  ListBlobs: listBlobs,
  ListContainers: listContainers,
  PutBlob: putBlob,
  PutBlobFromURL: putBlobFromUrl,
  PutBlock: putBlock,
  PutBlockList: putBlockList,
  SetBlobMetadata: setBlobMetadata,
  SetBlobProperties: setBlobProperties,
  SetContainerMetadata: setContainerMetadata,
}

/**
 * Azure Blob Storage, as its REST API of 2025 has it, with the account in the path: `<endpoint>/<account>/<container>/<blob>`. Any account
 * is there.
 *
 * Credentials on loopback: none (`new BlobServiceClient(url)`), the shared key of the storage emulator (`BLOB_TEST_KEY`) and shared access
 * signatures made with it, which are checked; any bearer token, but the SDK sends none over http. A signature's time is that of the
 * simulator's clock; the `x-ms-date` of a request is not looked at.
 *
 * It is as consistent as the service: what was answered has happened, so a `delayed-effect` is refused. There are block and
 * append blobs; no page blobs, snapshots, versions, soft delete, tiers, tags, leases, public access and batches, which are refused.
 */
export class BlobService implements Service {
  readonly name = 'blob'
  readonly operations: readonly string[] = [...Object.keys(HANDLERS), UNSUPPORTED]
  readonly lists: readonly string[] = ['ListBlobs']
  readonly effects: readonly string[] = []
  readonly conflicts: readonly string[] = []
  readonly jobs: readonly string[] = []
  readonly #containers: Containers

  constructor(objects: ObjectStore) {
    this.#containers = new Containers(objects)
  }

  /** Any path may be one of a blob: other services of the provider come before this one. */
  operationOf(request: RequestLine): string | undefined {
    return blobOperationOf(request)
  }

  async serve(exchange: Exchange): Promise<void> {
    checkVersion(exchange)
    const handler = HANDLERS[exchange.call.operation]
    if (handler === undefined) throw unsupported(exchange)
    const isContainer = exchange.url.searchParams.get('restype') === 'container'
    const resource = resourceOf(exchange.url.pathname, isContainer)
    const request = { exchange, resource, containers: this.#containers }
    const access = checkAccess(request)
    refuseFeatures(exchange)
    await handler({ ...request, access })
  }

  answerError(exchange: Exchange, error: ServiceError): void {
    const { status, code, message, headers } = error
    const details = error instanceof BlobError ? error.details : {}
    const requestId = randomUUID()
    const time = new Date(exchange.clock.now()).toISOString()
    const content = Object.entries({
      Code: code,
      Message: `${message}\nRequestId:${requestId}\nTime:${time}`,
      ...details,
    })
      .map(([name, text]) => element(name, text))
      .join('')
    exchange.send(
      status,
      { ...commonHeaders(exchange, requestId), 'x-ms-error-code': code, 'Content-Type': 'application/xml', ...headers },
      status === 304 ? '' : document(`<Error>${content}</Error>`),
    )
  }

  errorFor(kind: ErrorKind, exchange: Exchange): ServiceError {
    switch (kind) {
      case 'throttle':
        return new BlobError('ServerBusy')
      case 'capacity':
        return new BlobError('ServerBusy', { message: 'Ingress is over the account limit.' })
      case 'server-error':
        return new BlobError('OperationTimedOut')
      case 'expired-token':
        return expiredError(exchange.header('authorization'))
    }
  }
}
