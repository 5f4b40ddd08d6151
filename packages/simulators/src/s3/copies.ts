import type { HashedBytes, StoredVersion } from '../objects/object-store.ts'
import { algorithmOf, checksumMembers, checksumOf, type Checksum } from './checksum.ts'
import { preconditionFailed, readConditions, readStatus, writeCondition } from './conditions.ts'
import { attributesOf, infoOf, isoTime, metadataOf, type ObjectAttributes } from './object-info.ts'
import type { S3Call } from './s3-call.ts'
import { invalidArgument, S3Error } from './s3-error.ts'

const MAX_COPY_BYTES = 5 * 1024 ** 3

/** Makes an object of another one's bytes, with its attributes or new ones. */
export async function copyObject(call: S3Call): Promise<void> {
  const bucket = call.bucket()
  const condition = writeCondition(call, bucket.get(call.key))
  const source = copySource(call)
  if (source.size > MAX_COPY_BYTES) {
    throw new S3Error('InvalidRequest', {
      message: `The specified copy source is larger than the maximum allowable size for a copy source: ${MAX_COPY_BYTES}`,
    })
  }
  const attributes = copiedAttributes(call, source)
  const checksum = await copiedChecksum(call, source)
  await source.hash()
  const etag = source.md5
  const version = await bucket.commit(call.key, [source], metadataOf({ etag, checksum, attributes }), condition)
  call.answerXml(
    'CopyObjectResult',
    [['LastModified', isoTime(version.createdAt)], ['ETag', `"${etag}"`], ...checksumMembers(checksum)],
    { 'x-amz-server-side-encryption': 'AES256' },
  )
}

/** The object that `x-amz-copy-source` names, if the conditions on it hold. */
export function copySource(call: S3Call): StoredVersion {
  const { bucketName, key } = readSource(call.header('x-amz-copy-source') ?? '')
  const version = call.bucket(bucketName).get(key)
  call.checkOwner('x-amz-source-expected-bucket-owner')
  if (version === undefined) throw new S3Error('NoSuchKey', { details: [['Key', key]] })
  const conditions = readConditions(call, 'x-amz-copy-source-')
  // Of a copy, what has not changed is refused too.
  if (readStatus(conditions, infoOf(version).etag, version.createdAt) !== 200) {
    throw preconditionFailed('x-amz-copy-source')
  }
  return version
}

function readSource(header: string): { readonly bucketName: string; readonly key: string } {
  const invalid = (message: string): S3Error => invalidArgument('x-amz-copy-source', header, message)
  const [path = '', query = ''] = header.split('?')
  const [, bucketName, encoded] = /^\/?([^/]+)\/(.+)$/s.exec(path.replace(/^%2F/i, '/')) ?? []
  if (bucketName === undefined || encoded === undefined) {
    throw invalid('Copy Source must mention the source bucket and key: sourcebucket/sourcekey')
  }
  if (query !== '' && query !== 'versionId=null') throw invalid('Invalid version id specified')
  try {
    return { bucketName, key: decodeURIComponent(encoded) }
  } catch (error) {
    if (error instanceof URIError) throw invalid('Invalid copy source encoding.')
    throw error
  }
}

function copiedAttributes(call: S3Call, source: StoredVersion): ObjectAttributes {
  const header = 'x-amz-metadata-directive'
  const directive = call.header(header)?.toUpperCase() ?? 'COPY'
  if (directive !== 'COPY' && directive !== 'REPLACE') {
    throw invalidArgument(header, directive, 'Unknown metadata directive.')
  }
  const asked = attributesOf(call.exchange)
  if (directive === 'REPLACE') return asked
  const { attributes } = infoOf(source)
  const isChanged = call.header('x-amz-storage-class') !== undefined && asked.storageClass !== attributes.storageClass
  const isItself = call.state.objects.bucket(call.bucketName)?.get(call.key) === source
  if (isItself && !isChanged) {
    throw new S3Error('InvalidRequest', {
      message:
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    })
  }
  const { 'x-amz-website-redirect-location': _redirect, ...headers } = attributes.headers
  return { ...attributes, headers, storageClass: asked.storageClass }
}

/** That of all bytes, by the algorithm that is asked for, or else by that of the source. */
async function copiedChecksum(call: S3Call, source: StoredVersion): Promise<Checksum> {
  const header = 'x-amz-checksum-algorithm'
  const asked = call.header(header)
  const { checksum } = infoOf(source)
  const algorithm = asked === undefined ? checksum.algorithm : algorithmOf(asked, header)
  if (algorithm === checksum.algorithm && checksum.type === 'FULL_OBJECT') return checksum
  const bytes: HashedBytes = source
  return { algorithm, value: await checksumOf(bytes, algorithm), type: 'FULL_OBJECT' }
}
