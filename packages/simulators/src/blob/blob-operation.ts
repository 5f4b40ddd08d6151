import type { RequestLine } from '../ground/service.ts'
import { splitPath } from './resource.ts'

/** By what the path names, the method, and `restype` and `comp` of the query. */
const OPERATIONS: Readonly<Record<string, string>> = {
  'account GET  list': 'ListContainers',
  'account GET account properties': 'GetAccountInformation',
  'account HEAD account properties': 'GetAccountInformation',
  'container PUT container ': 'CreateContainer',
  'container GET container ': 'GetContainerProperties',
  'container HEAD container ': 'GetContainerProperties',
  'container GET container metadata': 'GetContainerMetadata',
  'container HEAD container metadata': 'GetContainerMetadata',
  'container PUT container metadata': 'SetContainerMetadata',
  'container DELETE container ': 'DeleteContainer',
  'container GET container list': 'ListBlobs',
  'container GET account properties': 'GetAccountInformation',
  'blob PUT  ': 'PutBlob',
  'blob GET  ': 'GetBlob',
  'blob HEAD  ': 'GetBlobProperties',
  'blob DELETE  ': 'DeleteBlob',
  'blob GET  metadata': 'GetBlobMetadata',
  'blob HEAD  metadata': 'GetBlobMetadata',
  'blob PUT  metadata': 'SetBlobMetadata',
  'blob PUT  properties': 'SetBlobProperties',
  'blob PUT  block': 'PutBlock',
  'blob PUT  blocklist': 'PutBlockList',
  'blob GET  blocklist': 'GetBlockList',
  'blob PUT  appendblock': 'AppendBlock',
}

/** Of `PUT` with a source: by what it would be without. Others with a source are not there. */
const WITH_SOURCE: Readonly<Record<string, (headers: RequestLine['headers']) => string>> = {
  PutBlob: (headers) =>
    headers['x-ms-blob-type'] !== undefined
      ? 'PutBlobFromURL'
      : headers['x-ms-requires-sync'] === 'true'
        ? 'CopyBlobFromURL'
        : 'CopyBlob',
}

/** What a request that the service may have, and the simulator has not, is called. */
export const UNSUPPORTED = 'Unsupported'

/** In the words of the REST reference, or `UNSUPPORTED`: any path may be one of a blob. */
export function blobOperationOf({ method, url, headers }: RequestLine): string {
  const [restype = '', comp = ''] = [url.searchParams.get('restype') ?? '', url.searchParams.get('comp') ?? '']
  const [, container, blob] = splitPath(url.pathname, restype === 'container')
  const level = blob !== undefined ? 'blob' : container !== undefined ? 'container' : 'account'
  const key = `${level} ${method} ${restype} ${comp}`
  const operation = Object.hasOwn(OPERATIONS, key) ? OPERATIONS[key] : undefined
  if (operation === undefined) return UNSUPPORTED
  if (headers['x-ms-copy-source'] === undefined) return operation
  return WITH_SOURCE[operation]?.(headers) ?? UNSUPPORTED
}
