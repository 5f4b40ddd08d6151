import { BlobError } from './blob-error.ts'

/** What a path names. */
export interface Resource {
  readonly account: string
  /** `undefined`: the account itself. */
  readonly container: string | undefined
  /** `undefined`: the container itself. */
  readonly blob: string | undefined
}

/** What has no container in its path is in this one. */
const ROOT = '$root'
const CONTAINER = /^(?:\$root|\$web|\$logs|[a-z0-9]+(?:-[a-z0-9]+)*)$/
const ACCOUNT = /^[a-z0-9]{3,24}$/
const MAX_BLOB_NAME = 1024
const MAX_SEGMENTS = 254

/** The parts of a path, as they were sent: account, container, blob. `isContainer`: the query says that two of them are a container. */
export function splitPath(path: string, isContainer: boolean): readonly [string, string?, string?] {
  const [, account = '', container, ...rest] = path.split('/')
  const blob = rest.join('/')
  if (container === undefined || (container === '' && blob === '')) return [account]
  if (blob !== '') return [account, container, blob]
  return isContainer ? [account, container] : [account, ROOT, container]
}

/** Throws a `BlobError` for names that cannot be. Of a name in the path, `/` may be encoded or not. */
export function resourceOf(path: string, isContainer: boolean): Resource {
  const [account, container, blob] = splitPath(path, isContainer).map(decode)
  if (account === undefined || !ACCOUNT.test(account)) throw new BlobError('InvalidUri')
  if (container !== undefined) checkContainer(container)
  if (blob !== undefined) checkBlob(blob)
  return { account, container, blob }
}

function checkContainer(name: string): void {
  if (name.length < 3 || name.length > 63) throw new BlobError('OutOfRangeInput')
  if (!CONTAINER.test(name)) throw new BlobError('InvalidResourceName')
}

function checkBlob(name: string): void {
  if (name.length > MAX_BLOB_NAME) throw new BlobError('InvalidResourceName')
  if (name.split('/').length > MAX_SEGMENTS) throw new BlobError('InvalidUri')
}

function decode(part: string | undefined): string | undefined {
  try {
    return part === undefined ? undefined : decodeURIComponent(part)
  } catch (error) {
    if (error instanceof URIError) throw new BlobError('InvalidUri')
    throw error
  }
}
