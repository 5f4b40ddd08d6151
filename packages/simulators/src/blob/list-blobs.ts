import { compareUtf8 } from '../ground/utf8-order.ts'
import type { StoredVersion } from '../objects/object-store.ts'
import { queryError } from './blob-error.ts'
import { answerXml, targetContainer, type BlobCall } from './blob-call.ts'
import { recordOf } from './blob-record.ts'
import type { Container } from './containers.ts'
import { etagOf } from './etag.ts'
import { listElement, pageFor } from './listing.ts'
import { element, metadataElement, nameElement } from './xml.ts'

/** What a list can show beside the blobs. What the simulator never has is asked for in vain, but not wrong. */
const INCLUDES: readonly string[] = [
  'copy',
  'deleted',
  'deletedwithversions',
  'immutabilitypolicy',
  'legalhold',
  'metadata',
  'permissions',
  'snapshots',
  'tags',
  'uncommittedblobs',
  'versions',
]

/** `undefined` as the version: a blob of which there are only blocks. `prefix`: it stands for all names that begin with it. */
type Item =
  | { readonly name: string; readonly version: StoredVersion | undefined; readonly isPrefix: false }
  | { readonly name: string; readonly isPrefix: true }

/** List Blobs. */
export async function listBlobs(call: BlobCall): Promise<void> {
  const { exchange } = call
  const container = targetContainer(call)
  const query = exchange.url.searchParams
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? '']
  const include = readIncludes(query.get('include') ?? '')
  const items = collapse(itemsOf(container, { prefix, include, staleMs: exchange.staleMs() }), prefix, delimiter)
  const page = pageFor({
    items,
    query,
    list: JSON.stringify(['blobs', container.bucket.name, prefix, delimiter]),
    keyOf: ({ name }) => name,
  })
  const content = page.items.map((item) =>
    item.isPrefix
      ? `<BlobPrefix>${nameElement(item.name)}</BlobPrefix>`
      : blobElement(item.name, item.version, include),
  )
  const { account, name } = container
  const blobs = `<Blobs>${content.join('')}</Blobs>`
  answerXml(exchange, listElement(exchange, { account, container: name, content: blobs, next: page.next }))
}

function readIncludes(value: string): ReadonlySet<string> {
  const includes = value.split(',').filter((one) => one !== '')
  const unknown = includes.find((one) => !INCLUDES.includes(one))
  if (unknown !== undefined) throw queryError('include', value, `${unknown} is none of ${INCLUDES.join(', ')}.`)
  return new Set(includes)
}

function itemsOf(
  container: Container,
  of: { readonly prefix: string; readonly include: ReadonlySet<string>; readonly staleMs: number },
): readonly Item[] {
  const { prefix, include, staleMs } = of
  const committed = container.bucket
    .list(prefix, { staleMs })
    .map((version) => ({ name: version.key, version, isPrefix: false as const }))
  if (!include.has('uncommittedblobs')) return committed
  const names = new Set(committed.map(({ name }) => name))
  const others = container.uncommittedNames
    .filter((name) => name.startsWith(prefix) && !names.has(name))
    .map((name) => ({ name, version: undefined, isPrefix: false as const }))
  return [...committed, ...others].toSorted((left, right) => compareUtf8(left.name, right.name))
}

/** Names that go on after a delimiter become one prefix; the order stays. */
function collapse(items: readonly Item[], prefix: string, delimiter: string): readonly Item[] {
  if (delimiter === '') return items
  const collapsed: Item[] = []
  for (const item of items) {
    const end = item.name.indexOf(delimiter, prefix.length)
    const name = end === -1 ? undefined : item.name.slice(0, end + delimiter.length)
    if (name === undefined) collapsed.push(item)
    else if (collapsed.at(-1)?.name !== name) collapsed.push({ name, isPrefix: true })
  }
  return collapsed
}

function blobElement(name: string, version: StoredVersion | undefined, include: ReadonlySet<string>): string {
  const metadata = version !== undefined && include.has('metadata') ? metadataElement(recordOf(version).metadata) : ''
  const properties = version === undefined ? element('Content-Length', 0) : propertiesOf(version, include.has('copy'))
  const blobType = version === undefined ? 'BlockBlob' : recordOf(version).type
  return `<Blob>${nameElement(name)}<Properties>${properties}${element('BlobType', blobType)}</Properties>${metadata}</Blob>`
}

function propertiesOf(version: StoredVersion, withCopy: boolean): string {
  const { type, createdAt, headers, copy } = recordOf(version)
  const kept = [
    'Content-Type',
    'Content-Encoding',
    'Content-Language',
    'Content-MD5',
    'Cache-Control',
    'Content-Disposition',
  ]
  return [
    element('Creation-Time', new Date(createdAt).toUTCString()),
    element('Last-Modified', new Date(version.createdAt).toUTCString()),
    element('Etag', etagOf(version.generation).slice(1, -1)),
    element('Content-Length', version.size),
    ...kept.map((header) => element(header, headers[header])),
    ...(type === 'BlockBlob' ? [element('AccessTier', 'Hot'), element('AccessTierInferred', true)] : []),
    element('LeaseStatus', 'unlocked'),
    element('LeaseState', 'available'),
    element('ServerEncrypted', true),
    ...(withCopy && copy !== undefined
      ? [
          element('CopyId', copy.id),
          element('CopySource', copy.source),
          element('CopyStatus', 'success'),
          element('CopyProgress', `${version.size}/${version.size}`),
          element('CopyCompletionTime', new Date(copy.completedAt).toUTCString()),
        ]
      : []),
  ].join('')
}
