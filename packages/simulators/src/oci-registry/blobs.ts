import { DistributionError } from './distribution-error.ts'
import type { Exchange } from './exchange.ts'
import { parseDigest } from './names.ts'
import type { Registry } from './registry.ts'
import { sendContent } from './send-content.ts'

/** GET, HEAD and DELETE of a blob. */
export async function blob(registry: Registry, exchange: Exchange, name: string, text: string): Promise<void> {
  const digest = parseDigest(text)
  const repository = registry.repositories.get(name)
  const content = repository.blobs.get(digest)
  if (content === undefined) throw new DistributionError(404, 'BLOB_UNKNOWN', `${name} has no blob ${digest}`)
  if (exchange.method === 'DELETE') {
    repository.blobs.delete(digest)
    exchange.send(202)
    return
  }
  const redirect = registry.faults.current.redirectBlobs === true ? registry.storage.offer(digest, content) : undefined
  if (redirect !== undefined) exchange.send(307, { Location: redirect })
  else await sendContent(exchange, digest, registry.faults.digest(digest), content)
}
