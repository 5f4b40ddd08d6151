import type { RequestLine } from '../ground/service.ts'
import { invalid } from './gcs-error.ts'

/**
 * What can be done, by the names of the JSON API's reference; those that have one name there and differ for a test have their own here:
 * `objects.get` is metadata and `objects.download` bytes; `objects.insert` is an upload in one request, and the others are the parts of a
 * resumable one. `objects.download` is a read by the XML API too, as most clients for other languages make it. `Unsupported` is what is
 * of Cloud Storage, or may be, and not of its simulator.
 */
export const GCS_OPERATIONS = [
  'buckets.insert',
  'buckets.list',
  'buckets.get',
  'buckets.patch',
  'buckets.update',
  'buckets.delete',
  'objects.list',
  'objects.get',
  'objects.download',
  'objects.patch',
  'objects.update',
  'objects.delete',
  'objects.compose',
  'objects.rewrite',
  'objects.copy',
  'objects.insert',
  'uploads.start',
  'uploads.write',
  'uploads.query',
  'uploads.cancel',
  'Unsupported',
] as const

/** The name of one of them. */
export type GcsOperation = (typeof GCS_OPERATIONS)[number]

/** A request's operation, and the names in its path as they were sent. */
interface Match {
  readonly operation: GcsOperation
  readonly groups: Readonly<Record<string, string | undefined>>
}

/** What a request is about. Empty: the operation has none. */
export interface GcsRoute {
  readonly operation: GcsOperation
  readonly bucket: string
  readonly object: string
  /** Where a copy goes. */
  readonly targetBucket: string
  readonly targetObject: string
  /** True: by the XML API. */
  readonly isXml: boolean
}

type Methods = Readonly<Record<string, GcsOperation>>

/** The SDK for Node.js leaves `/storage/v1` out where it was sent here by `STORAGE_EMULATOR_HOST`. */
const ROUTES: readonly (readonly [RegExp, Methods | ((request: RequestLine) => GcsOperation | undefined)])[] = [
  [/^(?:\/storage\/v1)?\/b$/, { GET: 'buckets.list', POST: 'buckets.insert' }],
  [
    /^(?:\/storage\/v1)?\/b\/(?<bucket>[^/]+)$/,
    { GET: 'buckets.get', PATCH: 'buckets.patch', PUT: 'buckets.update', DELETE: 'buckets.delete' },
  ],
  [/^(?:\/storage\/v1)?\/b\/(?<bucket>[^/]+)\/o$/, { GET: 'objects.list' }],
  [/^(?:\/storage\/v1)?\/b\/(?<bucket>[^/]+)\/o\/(?<object>[^/]+)$/, objectOperation],
  [/^\/download\/storage\/v1\/b\/(?<bucket>[^/]+)\/o\/(?<object>[^/]+)$/, readOperation],
  [/^(?:\/storage\/v1)?\/b\/(?<bucket>[^/]+)\/o\/(?<object>[^/]+)\/compose$/, { POST: 'objects.compose' }],
  [
    /^(?:\/storage\/v1)?\/b\/(?<bucket>[^/]+)\/o\/(?<object>[^/]+)\/rewriteTo\/b\/(?<targetBucket>[^/]+)\/o\/(?<targetObject>[^/]+)$/,
    { POST: 'objects.rewrite' },
  ],
  [
    /^(?:\/storage\/v1)?\/b\/(?<bucket>[^/]+)\/o\/(?<object>[^/]+)\/copyTo\/b\/(?<targetBucket>[^/]+)\/o\/(?<targetObject>[^/]+)$/,
    { POST: 'objects.copy' },
  ],
  [/^\/upload\/storage\/v1\/b\/(?<bucket>[^/]+)\/o$/, uploadOperation],
]

/** What the JSON API has of all paths. The rest is of the XML API: no bucket has a name of one letter. */
const JSON_PATH = /^\/(?:b|(?:download|upload|resumable\/upload|batch)?\/?storage\/v1|batch|discovery)(?:\/|$)/
const XML_PATH = /^\/(?<bucket>[a-z0-9][a-z0-9._-]+[a-z0-9])(?:\/(?<object>[^]*))?$/
/** Parameters that make a read by the XML API another operation. */
const XML_SUBRESOURCES: readonly string[] = [
  'acl',
  'legal-hold',
  'retention',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
]

/** Whether a path is one of the XML API. */
export function isXmlPath(rawPath: string): boolean {
  return !JSON_PATH.test(rawPath)
}

/** `undefined`: the request is of something else. */
export function gcsOperationOf(request: RequestLine): GcsOperation | undefined {
  const found = match(request)
  if (found !== undefined) return found.operation
  const { rawPath } = request
  return JSON_PATH.test(rawPath) || rawPath === '/' || XML_PATH.test(rawPath) ? 'Unsupported' : undefined
}

/** Throws a 400 where a name is no percent-encoded UTF-8, and an `Error` for what is no operation. */
export function gcsRouteOf(request: RequestLine): GcsRoute {
  const found = match(request)
  if (found === undefined) throw new Error(`${request.method} ${request.rawPath} is no operation of Cloud Storage`)
  const { bucket = '', object = '', targetBucket = '', targetObject = '' } = found.groups
  return {
    operation: found.operation,
    bucket: decode(bucket),
    object: decode(object),
    targetBucket: decode(targetBucket),
    targetObject: decode(targetObject),
    isXml: isXmlPath(request.rawPath),
  }
}

function match(request: RequestLine): Match | undefined {
  for (const [pattern, operations] of ROUTES) {
    const found = pattern.exec(request.rawPath)
    if (found === null) continue
    const operation = typeof operations === 'function' ? operations(request) : operations[request.method]
    return operation === undefined ? undefined : { operation, groups: found.groups ?? {} }
  }
  return matchXml(request)
}

function matchXml({ method, rawPath, url }: RequestLine): Match | undefined {
  const { groups = {} } = (JSON_PATH.test(rawPath) ? null : XML_PATH.exec(rawPath)) ?? {}
  const isRead = method === 'GET' || method === 'HEAD'
  if (!isRead || (groups['object'] ?? '') === '') return undefined
  if (XML_SUBRESOURCES.some((name) => url.searchParams.has(name))) return undefined
  return { operation: 'objects.download', groups }
}

function objectOperation(request: RequestLine): GcsOperation | undefined {
  switch (request.method) {
    case 'PATCH':
      return 'objects.patch'
    case 'PUT':
      return 'objects.update'
    case 'DELETE':
      return 'objects.delete'
    default:
      return readOperation(request)
  }
}

function readOperation({ method, url }: RequestLine): GcsOperation | undefined {
  if (method !== 'GET' && method !== 'HEAD') return undefined
  return url.searchParams.get('alt') === 'media' ? 'objects.download' : 'objects.get'
}

function uploadOperation({ method, url, headers }: RequestLine): GcsOperation | undefined {
  if (url.searchParams.has('upload_id')) {
    if (method === 'DELETE') return 'uploads.cancel'
    if (method !== 'PUT' && method !== 'POST') return undefined
    return /^bytes \*\/\*$/.test(String(headers['content-range'])) ? 'uploads.query' : 'uploads.write'
  }
  if (method !== 'POST') return undefined
  return url.searchParams.get('uploadType') === 'resumable' ? 'uploads.start' : 'objects.insert'
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch (error) {
    if (error instanceof URIError) throw invalid(`Invalid name in the path: ${name}`)
    throw error
  }
}
