import { DistributionError } from './distribution-error.ts'
import type { Exchange } from './exchange.ts'
import { isRepositoryName, parseDigest } from './names.ts'
import type { Registry } from './registry.ts'
import type { Upload } from './upload-store.ts'

/** POST: begins an upload, sends a whole blob, or mounts one from another repository. */
export async function beginUpload(registry: Registry, exchange: Exchange, name: string): Promise<void> {
  const repository = registry.repositoryToPush(name)
  const query = exchange.url.searchParams
  const mount = query.get('mount')
  if (mount !== null) {
    const digest = parseDigest(mount)
    const { noMounts, refuseMounts } = registry.faults.current
    if (refuseMounts !== undefined) throw new DistributionError(refuseMounts, 'UNSUPPORTED', 'mounts are not allowed')
    const content = noMounts === true ? undefined : registry.repositories.find(from(query) ?? '')?.blobs.get(digest)
    if (content !== undefined) {
      repository.blobs.set(digest, content)
      created(registry, exchange, `/v2/${name}/blobs/${digest}`, digest)
      return
    }
  }
  const upload = registry.uploads.begin(name)
  if (query.has('digest')) await complete(registry, exchange, upload)
  else progress(registry, exchange, upload, 202)
}

/** GET, PATCH, PUT and DELETE of an upload. */
export async function continueUpload(registry: Registry, exchange: Exchange, name: string, id: string): Promise<void> {
  const upload = registry.uploads.get(name, id, exchange.url.searchParams.get('state'))
  if (exchange.method === 'GET') {
    progress(registry, exchange, upload, 204)
    return
  }
  if (upload.busy) throw new DistributionError(409, 'BLOB_UPLOAD_INVALID', 'another request writes to this upload')
  if (exchange.method === 'PATCH') await append(registry, exchange, upload)
  else if (exchange.method === 'PUT') await complete(registry, exchange, upload)
  else {
    registry.uploads.end(upload)
    await upload.spool.discard()
    exchange.send(204)
  }
}

async function append(registry: Registry, exchange: Exchange, upload: Upload): Promise<void> {
  if (registry.faults.current.uploads === 'put') {
    throw new DistributionError(405, 'UNSUPPORTED', 'a blob is sent with one PUT', { Allow: 'GET, PUT, DELETE' })
  }
  for await (const chunk of receiving(registry, exchange, upload)) await upload.spool.write(chunk)
  progress(registry, exchange, upload, registry.faults.current.createdOnPatch === true ? 201 : 202)
}

async function complete(registry: Registry, exchange: Exchange, upload: Upload): Promise<void> {
  const digest = parseDigest(exchange.url.searchParams.get('digest'))
  for await (const chunk of receiving(registry, exchange, upload)) {
    if (registry.faults.current.uploads === 'patch') {
      throw new DistributionError(400, 'BLOB_UPLOAD_INVALID', 'bytes are sent with PATCH')
    }
    if (exchange.contentLength === undefined) {
      throw new DistributionError(411, 'SIZE_INVALID', 'bytes that end an upload need a Content-Length')
    }
    await upload.spool.write(chunk)
  }
  registry.uploads.end(upload)
  const received = await upload.spool.finish()
  if (received.digest !== digest) {
    await received.content.discard()
    throw new DistributionError(400, 'DIGEST_INVALID', `what came is ${received.digest}, not ${digest}`)
  }
  const { blobs } = registry.repositoryToPush(upload.repository)
  // Somebody may be reading what is there.
  if (blobs.has(digest)) await received.content.discard()
  else blobs.set(digest, received.content)
  created(registry, exchange, `/v2/${upload.repository}/blobs/${digest}`, digest)
}

/** The body, which belongs at the end of what is there. What came before a connection was cut stays, as GET tells. */
async function* receiving(registry: Registry, exchange: Exchange, upload: Upload): AsyncGenerator<Uint8Array> {
  checkRange(registry, exchange, upload)
  const { maxUploadBytes = Infinity } = registry.faults.current
  if ((exchange.contentLength ?? 0) > maxUploadBytes) throw tooLarge(maxUploadBytes)
  upload.busy = true
  try {
    let size = 0
    for await (const chunk of exchange.body()) {
      size += chunk.length
      if (size > maxUploadBytes) throw tooLarge(maxUploadBytes)
      yield chunk
    }
  } finally {
    upload.busy = false
  }
}

function tooLarge(limit: number): DistributionError {
  return new DistributionError(413, 'SIZE_INVALID', `more than ${limit} bytes in one request`)
}

/** A chunk that says where it belongs must follow what is there, and be as long as it says. */
function checkRange(registry: Registry, exchange: Exchange, upload: Upload): void {
  const range = exchange.request.headers['content-range']
  if (range === undefined) return
  const [, from, to] = /^(\d+)-(\d+)$/.exec(range) ?? []
  if (from === undefined || Number(from) !== upload.spool.size || Number(to) < Number(from)) {
    const message = `${range} does not follow the ${upload.spool.size} bytes that are there`
    throw new DistributionError(416, 'RANGE_INVALID', message, {
      Location: registry.location(exchange, uploadPath(upload)),
      Range: rangeOf(upload),
    })
  }
  const length = exchange.contentLength
  if (length === Number(to) - Number(from) + 1) return
  throw new DistributionError(400, 'SIZE_INVALID', `a Content-Length of ${length ?? 'nothing'} is not ${range}`)
}

function progress(registry: Registry, exchange: Exchange, upload: Upload, status: number): void {
  exchange.send(status, {
    Location: registry.location(exchange, uploadPath(upload)),
    Range: rangeOf(upload),
    'Docker-Upload-UUID': upload.id,
  })
}

function created(registry: Registry, exchange: Exchange, path: string, digest: ReturnType<typeof parseDigest>): void {
  const headers = { Location: registry.location(exchange, path) }
  exchange.send(201, { ...headers, 'Docker-Content-Digest': registry.faults.digest(digest) })
}

function uploadPath(upload: Upload): string {
  return `/v2/${upload.repository}/blobs/uploads/${upload.id}?state=${upload.state}`
}

/** Of nothing and of one byte, the same: so it is with every registry. */
function rangeOf(upload: Upload): string {
  return `0-${Math.max(0, upload.spool.size - 1)}`
}

function from(query: URLSearchParams): string | undefined {
  const name = query.get('from')
  if (name === null) return undefined
  if (isRepositoryName(name)) return name
  throw new DistributionError(400, 'NAME_INVALID', `${name} is no name of a repository`)
}
