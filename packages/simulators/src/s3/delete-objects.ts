import { deleteCondition } from './conditions.ts'
import { checkKey } from './names.ts'
import { receiveXml } from './payload.ts'
import type { S3Call } from './s3-call.ts'
import { S3Error } from './s3-error.ts'
import { textOf, type XmlElement, type XmlMembers } from './xml.ts'

const MAX_KEYS = 1000

interface Doomed {
  readonly key: string
  readonly versionId: string | undefined
  readonly etag: string | undefined
}

/** Deletes up to 1,000 objects, each on its own: what went wrong with one stands in the answer. */
export async function deleteObjects(call: S3Call): Promise<void> {
  const bucket = call.bucket()
  const document = await receiveXml(call, { root: 'Delete', mustBeHashed: true })
  const doomed = document.children.filter(({ name }) => name === 'Object').map(doomedOf)
  if (doomed.length === 0 || doomed.length > MAX_KEYS) throw new S3Error('MalformedXML')
  const isQuiet = textOf(document, 'Quiet')?.trim() === 'true'
  call.exchange.call.request = { Objects: doomed.map(({ key }) => key), Quiet: isQuiet }
  call.answerXml(
    'DeleteResult',
    doomed.map((object): XmlMembers[number] => {
      try {
        checkDoomed(object)
        bucket.delete(object.key, deleteCondition(object.etag, object.key))
        return ['Deleted', isQuiet ? undefined : [['Key', object.key]]]
      } catch (error) {
        if (!(error instanceof S3Error)) throw error
        const { code, message } = error
        return [
          'Error',
          [
            ['Key', object.key],
            ['Code', code],
            ['Message', message],
          ],
        ]
      }
    }),
  )
}

function doomedOf(element: XmlElement): Doomed {
  const key = textOf(element, 'Key')
  if (key === undefined || key === '') throw new S3Error('MalformedXML')
  const versionId = textOf(element, 'VersionId')
  return { key, versionId, etag: textOf(element, 'ETag') }
}

function checkDoomed({ key, versionId }: Doomed): void {
  checkKey(key)
  if (versionId !== undefined && versionId !== 'null') {
    throw new S3Error('InvalidArgument', { message: 'Invalid version id specified' })
  }
}
