import type { IncomingMessage } from 'node:http'

import { BlobError } from './blob-error.ts'

const PREFIX = 'x-ms-meta-'
/** The service asks for identifiers of C#. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const VALUE = /^[\t\u0020-\u007e]*$/
const MAX_BYTES = 8 * 1024

/** What users keep with a blob or a container, by name, spelled as it was sent. */
export type UserMetadata = Readonly<Record<string, string>>

/** Reads the headers. Throws a `BlobError` for names and values that cannot be, for two of a name, and for too much. */
export function userMetadataOf({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>): UserMetadata {
  const metadata = new Map<string, readonly [string, string]>()
  let size = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [header = '', value = ''] = rawHeaders.slice(index, index + 2)
    if (!header.toLowerCase().startsWith(PREFIX)) continue
    const name = header.slice(PREFIX.length)
    if (name === '') throw new BlobError('EmptyMetadataKey')
    if (!NAME.test(name) || !VALUE.test(value) || metadata.has(name.toLowerCase()))
      throw new BlobError('InvalidMetadata')
    metadata.set(name.toLowerCase(), [name, value])
    size += name.length + value.length
  }
  if (size > MAX_BYTES) throw new BlobError('MetadataTooLarge')
  return Object.fromEntries(metadata.values())
}

/** As headers of an answer. */
export function metadataHeaders(metadata: UserMetadata): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`${PREFIX}${name}`, value]))
}
