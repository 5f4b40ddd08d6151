import { DistributionError } from './distribution-error.ts'
import type { Exchange } from './exchange.ts'
import { parseDigest } from './names.ts'
import type { Registry } from './registry.ts'

/** GET of the tags, in order; `n` at most, those after `last`. A `Link` leads to the next ones. */
export function tags(registry: Registry, exchange: Exchange, name: string): void {
  const query = exchange.url.searchParams
  const n = query.get('n')
  if (n !== null && !/^\d+$/.test(n)) throw new DistributionError(400, 'UNSUPPORTED', `n=${n} is no number`)
  const limit = n === null ? Infinity : Number(n)
  const last = query.get('last')
  const all = [...registry.repositories.get(name).tags.keys()].toSorted()
  const after = last === null ? all : all.filter((tag) => tag > last)
  const page = after.slice(0, limit)
  const end = page.at(-1)
  const next =
    end === undefined || page.length === after.length ? undefined : `/v2/${name}/tags/list?n=${n}&last=${end}`
  const headers = next === undefined ? {} : { Link: `<${registry.location(exchange, next)}>; rel="next"` }
  exchange.sendJson(200, { name, tags: page }, headers)
}

/** GET of the manifests whose `subject` is this one. There may be none, and no such manifest either. */
export function referrers(registry: Registry, exchange: Exchange, name: string, text: string): void {
  const digest = parseDigest(text)
  const type = exchange.url.searchParams.get('artifactType')
  const all = [...(registry.repositories.find(name)?.manifests.values() ?? [])]
  const manifests = all
    .filter(({ subject, artifactType }) => subject === digest && (type === null || artifactType === type))
    .map(({ bytes, subject: _subject, ...descriptor }) => ({ ...descriptor, size: bytes.length }))
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  const filters = type === null ? {} : { 'OCI-Filters-Applied': 'artifactType' }
  exchange.sendJson(200, { schemaVersion: 2, mediaType, manifests }, { 'Content-Type': mediaType, ...filters })
}
