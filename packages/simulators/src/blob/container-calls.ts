import { answer, answerXml, targetContainer, type BlobCall } from './blob-call.ts'
import { checkWrite, conditionsOf } from './conditions.ts'
import type { Container } from './containers.ts'
import { listElement, pageFor } from './listing.ts'
import { metadataHeaders, userMetadataOf } from './user-metadata.ts'
import { element, metadataElement } from './xml.ts'

/** Create Container. */
export async function createContainer({ exchange, containers, resource }: BlobCall): Promise<void> {
  const { account, container: name = '' } = resource
  const container = containers.create(account, name, userMetadataOf(exchange.request), exchange.clock)
  answer(exchange, 201, tagHeaders(container))
}

/** Get Container Properties, and Get Container Metadata. */
export async function getContainer(call: BlobCall): Promise<void> {
  const container = targetContainer(call)
  const headers = { ...tagHeaders(container), ...metadataHeaders(container.metadata) }
  if (call.exchange.call.operation === 'GetContainerMetadata') answer(call.exchange, 200, headers)
  else answer(call.exchange, 200, { ...headers, ...STATE_HEADERS })
}

/** Set Container Metadata: instead of all that was there. */
export async function setContainerMetadata(call: BlobCall): Promise<void> {
  const container = targetContainer(call)
  const metadata = userMetadataOf(call.exchange.request)
  checkWrite(conditionsOf(call.exchange), container.tagged, false)
  container.metadata = metadata
  answer(call.exchange, 200, tagHeaders(container))
}

/** Delete Container: with its blobs. */
export async function deleteContainer(call: BlobCall): Promise<void> {
  const container = targetContainer(call)
  checkWrite(conditionsOf(call.exchange), container.tagged, false)
  call.containers.delete(container, call.exchange.clock)
  answer(call.exchange, 202)
}

/** Get Account Information. */
export async function getAccountInformation({ exchange }: BlobCall): Promise<void> {
  answer(exchange, 200, {
    'x-ms-sku-name': 'Standard_LRS',
    'x-ms-account-kind': 'StorageV2',
    'x-ms-is-hns-enabled': 'false',
  })
}

/** List Containers. */
export async function listContainers({ exchange, containers, resource }: BlobCall): Promise<void> {
  const query = exchange.url.searchParams
  const prefix = query.get('prefix') ?? ''
  const page = pageFor({
    items: containers.list(resource.account, prefix),
    query,
    list: JSON.stringify(['containers', resource.account, prefix]),
    keyOf: ({ name }) => name,
  })
  const withMetadata = query.get('include')?.split(',').includes('metadata') === true
  const items = page.items.map((container) => {
    const { etag, modifiedAt } = container.tagged
    const properties =
      element('Last-Modified', new Date(modifiedAt).toUTCString()) +
      element('Etag', etag) +
      element('LeaseStatus', 'unlocked') +
      element('LeaseState', 'available') +
      element('HasImmutabilityPolicy', false) +
      element('HasLegalHold', false)
    const metadata = withMetadata ? metadataElement(container.metadata) : ''
    return `<Container>${element('Name', container.name)}<Properties>${properties}</Properties>${metadata}</Container>`
  })
  answerXml(
    exchange,
    listElement(exchange, {
      account: resource.account,
      content: `<Containers>${items.join('')}</Containers>`,
      next: page.next,
    }),
  )
}

const STATE_HEADERS: Readonly<Record<string, string>> = {
  'x-ms-lease-status': 'unlocked',
  'x-ms-lease-state': 'available',
  'x-ms-has-immutability-policy': 'false',
  'x-ms-has-legal-hold': 'false',
  'x-ms-default-encryption-scope': '$account-encryption-key',
  'x-ms-deny-encryption-scope-override': 'false',
}

function tagHeaders({ tagged }: Container): Readonly<Record<string, string>> {
  return { ETag: tagged.etag, 'Last-Modified': new Date(tagged.modifiedAt).toUTCString() }
}
