import { isIPv4 } from 'node:net'

import type { GrantedAccess } from './granted-access.ts'
import { BlobError, queryError } from './blob-error.ts'
import type { Resource } from './resource.ts'
import { signWithTestKey } from './shared-key.ts'

/** The first version whose text to sign is as it is here. */
const FIRST_VERSION = '2020-12-06'

/** What a request with a shared access signature wants. */
export interface SasSubject {
  readonly query: URLSearchParams
  readonly resource: Resource
  readonly operation: string
  /** By the simulator's clock, in milliseconds since 1970. */
  readonly now: number
}

/** Any of these letters allows it. What has none is not for a signature. */
const PERMISSIONS: Readonly<Record<string, string>> = {
  ListContainers: 'l',
  CreateContainer: 'cw',
  GetContainerProperties: 'r',
  GetContainerMetadata: 'r',
  SetContainerMetadata: 'w',
  DeleteContainer: 'd',
  GetAccountInformation: 'racwdl',
  ListBlobs: 'l',
  GetBlob: 'r',
  GetBlobProperties: 'r',
  GetBlobMetadata: 'r',
  GetBlockList: 'r',
  PutBlob: 'cw',
  PutBlobFromURL: 'cw',
  CopyBlob: 'cw',
  CopyBlobFromURL: 'cw',
  PutBlock: 'cw',
  PutBlockList: 'cw',
  AppendBlock: 'aw',
  SetBlobMetadata: 'w',
  SetBlobProperties: 'w',
  DeleteBlob: 'd',
}

/**
 * Checks an account's or a service's signature: what it signs, its time and its permissions. Throws a `BlobError`, for a signature by a
 * user delegation key or a stored access policy too: the simulator has neither.
 */
export function checkSas(subject: SasSubject): GrantedAccess {
  const { query, resource, operation } = subject
  const field = (name: string): string => query.get(name) ?? ''
  if (field('sv') < FIRST_VERSION) refuse(`sv is mandatory, and of the simulator at least ${FIRST_VERSION}.`)
  if (query.has('skoid') || query.has('si')) {
    refuse('The simulator has no user delegation keys and no stored access policies.')
  }
  const isAccount = query.has('ss')
  const text = isAccount ? accountText(field, resource.account) : serviceText(field, resource)
  if (field('sig') !== signWithTestKey(text)) refuse(`Signature did not match. String to sign used was ${text}`)
  checkTime(field('st'), field('se'), subject.now)
  checkWay(field('spr'), field('sip'))
  const isCovered = isAccount
    ? field('ss').includes('b') && field('srt').includes(resourceType(resource, operation))
    : resource.blob !== undefined || operation === 'ListBlobs'
  const isAllowed = [...(PERMISSIONS[operation] ?? '')].some((letter) => field('sp').includes(letter))
  if (!isCovered || !isAllowed) throw new BlobError('AuthorizationPermissionMismatch')
  return { mayOverwrite: field('sp').includes('w'), headers: isAccount ? {} : headersOf(field) }
}

function accountText(field: (name: string) => string, account: string): string {
  const fields = ['sp', 'ss', 'srt', 'st', 'se', 'sip', 'spr', 'sv', 'ses'].map(field)
  return [account, ...fields, ''].join('\n')
}

function serviceText(field: (name: string) => string, { account, container = '', blob = '' }: Resource): string {
  const kind = field('sr')
  if (kind !== 'b' && kind !== 'c') refuse('sr is mandatory, and of the simulator b or c.')
  const signed = kind === 'c' ? `/blob/${account}/${container}` : `/blob/${account}/${container}/${blob}`
  const before = ['sp', 'st', 'se'].map(field)
  // The empty one is the time of a snapshot.
  const after = ['si', 'sip', 'spr', 'sv', 'sr'].map(field).concat('', ...RESPONSE_FIELDS.map(field))
  return [...before, signed, ...after].join('\n')
}

const OVERRIDES: Readonly<Record<string, string>> = {
  rscc: 'Cache-Control',
  rscd: 'Content-Disposition',
  rsce: 'Content-Encoding',
  rscl: 'Content-Language',
  rsct: 'Content-Type',
}
const RESPONSE_FIELDS: readonly string[] = ['ses', ...Object.keys(OVERRIDES)]

/** What the answer to a read says instead of what is kept with the blob. Throws for what no header can hold. */
function headersOf(field: (name: string) => string): Readonly<Record<string, string>> {
  const given = Object.entries(OVERRIDES).filter(([name]) => field(name) !== '')
  const wrong = given.find(([name]) => !/^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(field(name)))
  if (wrong !== undefined) throw queryError(wrong[0], field(wrong[0]), 'It cannot be the value of a header.')
  return Object.fromEntries(given.map(([name, header]) => [header, field(name)]))
}

/** Here, all come over http from this machine. */
function checkWay(protocols: string, addresses: string): void {
  if (protocols !== '' && !protocols.split(',').includes('http')) throw new BlobError('AuthorizationProtocolMismatch')
  if (addresses === '') return
  const [first = '', last = first] = addresses.split('-')
  if (!isIPv4(first) || !isIPv4(last)) refuse('sip is an IPv4 address, or a range of them.')
  if (numberOf(first) <= numberOf(LOOPBACK) && numberOf(LOOPBACK) <= numberOf(last)) return
  throw new BlobError('AuthorizationSourceIPMismatch', { details: { SourceIP: LOOPBACK } })
}

const LOOPBACK = '127.0.0.1'

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

function checkTime(start: string, end: string, now: number): void {
  const isEarly = start !== '' && !(Date.parse(start) <= now)
  if (!isEarly && Date.parse(end) > now) return
  const times = `Start [${start}] - Expiry [${end}] - Current [${new Date(now).toISOString()}]`
  refuse(`Signature not valid in the specified time frame: ${times}`)
}

function resourceType({ container, blob }: Resource, operation: string): string {
  if (blob !== undefined) return 'o'
  return container === undefined || operation === 'ListContainers' ? 's' : 'c'
}

function refuse(detail: string): never {
  throw new BlobError('AuthenticationFailed', { details: { AuthenticationErrorDetail: detail } })
}
