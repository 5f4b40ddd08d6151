import { createHash } from 'node:crypto'

import { DistributionError } from './distribution-error.ts'
import type { Exchange } from './exchange.ts'
import { parseManifest, type Descriptor } from './manifest-content.ts'
import { isDigest, isTag, type Digest } from './names.ts'
import type { Registry } from './registry.ts'
import type { Repository, StoredManifest } from './repositories.ts'

/** What the specification asks registries to accept at least. */
const MANIFEST_BYTES = 4 * 1024 * 1024

/** GET, HEAD, PUT and DELETE of a manifest. */
export async function manifest(registry: Registry, exchange: Exchange, name: string, reference: string): Promise<void> {
  if (!isDigest(reference) && !isTag(reference)) {
    const code = reference.includes(':') ? 'DIGEST_INVALID' : 'TAG_INVALID'
    throw new DistributionError(400, code, `${reference} is no tag and no sha256 digest`)
  }
  if (exchange.method === 'PUT') await putManifest(registry, exchange, name, reference)
  else if (exchange.method === 'DELETE') deleteManifest(registry, exchange, name, reference)
  else sendManifest(registry, exchange, name, reference)
}

function sendManifest(registry: Registry, exchange: Exchange, name: string, reference: string): void {
  const found = find(registry.repositories.get(name), reference)
  if (!accepts(exchange.request.headers.accept, found.mediaType)) {
    throw new DistributionError(
      404,
      'MANIFEST_UNKNOWN',
      `the manifest is ${found.mediaType}, which Accept does not name`,
    )
  }
  const headers = { 'Content-Type': found.mediaType, 'Docker-Content-Digest': registry.faults.digest(found.digest) }
  exchange.send(200, headers, registry.faults.bytes(found.bytes))
}

async function putManifest(registry: Registry, exchange: Exchange, name: string, reference: string): Promise<void> {
  const bytes = await exchange.bytes(MANIFEST_BYTES)
  const digest: Digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  if (isDigest(reference) && reference !== digest) {
    throw new DistributionError(400, 'DIGEST_INVALID', `what came is ${digest}, not ${reference}`)
  }
  const [type = ''] = (exchange.request.headers['content-type'] ?? '').split(';')
  const mediaType = type.trim()
  const content = parseManifest(bytes, mediaType)
  const repository = registry.repositoryToPush(name)
  for (const one of content.blobs) checkDescriptor(name, one, repository.blobs.get(one.digest)?.size)
  for (const one of content.manifests) checkDescriptor(name, one, repository.manifests.get(one.digest)?.bytes.length)
  const { subject, artifactType, annotations } = content
  repository.manifests.set(digest, {
    digest,
    mediaType,
    bytes,
    ...(subject !== undefined && { subject }),
    ...(artifactType !== undefined && { artifactType }),
    ...(annotations !== undefined && { annotations }),
  })
  if (!isDigest(reference)) repository.tags.set(reference, digest)
  exchange.send(201, {
    Location: registry.location(exchange, `/v2/${name}/manifests/${digest}`),
    'Docker-Content-Digest': registry.faults.digest(digest),
    ...(subject !== undefined && { 'OCI-Subject': subject }),
  })
}

/** Whoever pulls would not believe content of another size, nor what is not there. */
function checkDescriptor(name: string, { digest, size }: Descriptor, actual: number | undefined): void {
  if (actual === undefined) throw new DistributionError(400, 'MANIFEST_BLOB_UNKNOWN', `${name} does not have ${digest}`)
  if (actual !== size) throw new DistributionError(400, 'SIZE_INVALID', `${digest} has ${actual} bytes, not ${size}`)
}

/** A tag goes alone, a digest with the tags that name it. */
function deleteManifest(registry: Registry, exchange: Exchange, name: string, reference: string): void {
  const repository = registry.repositories.get(name)
  const { digest } = find(repository, reference)
  if (isDigest(reference)) repository.manifests.delete(digest)
  for (const [tag, target] of repository.tags) {
    if (tag === reference || (isDigest(reference) && target === digest)) repository.tags.delete(tag)
  }
  exchange.send(202)
}

function find(repository: Repository, reference: string): StoredManifest {
  const digest = isDigest(reference) ? reference : repository.tags.get(reference)
  const found = digest === undefined ? undefined : repository.manifests.get(digest)
  if (found === undefined) throw new DistributionError(404, 'MANIFEST_UNKNOWN', `there is no manifest ${reference}`)
  return found
}

/** A request that says nothing takes everything. */
function accepts(accept: string | undefined, mediaType: string): boolean {
  if (accept === undefined) return true
  return accept.split(',').some((one) => {
    const [type = ''] = one.split(';')
    return [mediaType, '*/*', 'application/*'].includes(type.trim())
  })
}
