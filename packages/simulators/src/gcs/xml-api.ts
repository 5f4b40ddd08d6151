import type { Exchange } from '../ground/exchange.ts'
import type { ServiceError } from '../ground/service.ts'
import { conditionNotMet, GcsError, invalid, notModified } from './gcs-error.ts'
import { inUtf8 } from './header-text.ts'
import { textParameter } from './parameters.ts'
import { checkBeforeRead, checkEtags, NO_PRECONDITIONS, readEtags } from './preconditions.ts'
import type { StoredObject } from './stored-object.ts'

/** The words of the XML API by the JSON API's reasons. */
const CODES: Readonly<Record<string, string>> = {
  authError: 'InvalidToken',
  backendError: 'ServiceUnavailable',
  conditionNotMet: 'PreconditionFailed',
  forbidden: 'AccessDenied',
  invalid: 'InvalidArgument',
  noSuchBucket: 'NoSuchBucket',
  notFound: 'NoSuchKey',
  notImplemented: 'NotImplemented',
  rateLimitExceeded: 'SlowDown',
  requestedRangeNotSatisfiable: 'InvalidRange',
}

/** What `response-content-type` and others of the query of a signed link replace in the answer. */
const OVERRIDES = ['Content-Type', 'Content-Disposition'] as const

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** The body of the answer that says this error, as the XML API has it. */
export function xmlErrorBody(error: ServiceError): string {
  const isOfBucket = error instanceof GcsError && error.message.startsWith('The specified bucket')
  const reason = isOfBucket ? 'noSuchBucket' : error.code
  const code = CODES[reason] ?? 'InternalError'
  const message = error.message.replaceAll(/[&<>]/g, (character) => ESCAPES[character] ?? '')
  return `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code><Message>${message}</Message></Error>`
}

/** Before a read: what its headers ask of the object. Throws a 412 or a 304. */
export async function checkXml(exchange: Exchange, object: StoredObject): Promise<void> {
  const wanted = (name: string): number | undefined => {
    const text = exchange.header(name)
    if (text !== undefined && !/^\d{1,16}$/.test(text)) throw invalid(`Invalid value for ${name}: ${text}`)
    return text === undefined ? undefined : Number(text)
  }
  const generationMatch = wanted('x-goog-if-generation-match')
  const metagenerationMatch = wanted('x-goog-if-metageneration-match')
  checkBeforeRead({ ...NO_PRECONDITIONS, generationMatch, metagenerationMatch }, object)
  const etags = readEtags(exchange)
  checkEtags(etags, await xmlEtag(object))
  const modified = Math.floor(object.createdAt / 1000) * 1000
  const time = (name: string): number => Date.parse(exchange.header(name) ?? '')
  if (etags.ifMatch === undefined && modified > time('if-unmodified-since')) throw conditionNotMet()
  if (etags.ifNoneMatch === undefined && modified <= time('if-modified-since')) throw notModified()
}

/** What a read by the XML API says otherwise than one by the JSON API. */
export async function xmlHeaders(
  object: StoredObject,
  query: URLSearchParams,
): Promise<Readonly<Record<string, string | string[]>>> {
  const { md5, crc32c } = await object.hashes()
  const metadata = Object.entries(object.fields.metadata ?? {})
    // What is no name of a header is not sent.
    .filter(([name]) => /^[\w!#$%&'*+.^`|~-]+$/.test(name))
    .map(([name, text]) => [`x-goog-meta-${name}`, inUtf8(text.replaceAll(/\p{Cc}/gu, ' '))])
  const overrides = OVERRIDES.flatMap((name) => {
    const text = textParameter(query, `response-${name.toLowerCase()}`)
    if (text !== undefined && /\p{Cc}/u.test(text)) throw invalid(`Invalid value for response-${name}`)
    return text === undefined ? [] : [[name, inUtf8(text)]]
  })
  return {
    ...(Object.fromEntries([...metadata, ...overrides]) as Readonly<Record<string, string>>),
    ETag: await xmlEtag(object),
    'X-Goog-Hash': [`crc32c=${crc32c}`, ...(md5 === undefined ? [] : [`md5=${md5}`])],
  }
}

/** In quotes: the MD5, where there is one. */
export async function xmlEtag(object: StoredObject): Promise<string> {
  const { md5 } = await object.hashes()
  return md5 === undefined ? `"-${object.etag}"` : `"${Buffer.from(md5, 'base64').toString('hex')}"`
}
