import { BlobServiceClient, RestError, StorageSharedKeyCredential } from '@azure/storage-blob'

import { BLOB_TEST_KEY } from '../../src/blob/shared-key.ts'

/** What a service did, by what it was asked. */
export type Observations = Record<string, unknown>

/** Asks a Blob service, through the official SDK, for what a store of artifacts needs of it. */
export async function blobScenario(endpoint: string, container: string): Promise<Observations> {
  const account = new URL(endpoint).pathname.slice(1)
  const credential = new StorageSharedKeyCredential(account, BLOB_TEST_KEY)
  const service = new BlobServiceClient(endpoint, credential, { retryOptions: { maxTries: 1 } })
  const client = service.getContainerClient(container)
  const at = (name: string) => client.getBlockBlobClient(name)
  const put = async (name: string, text: string, options = {}) => at(name).upload(text, text.length, options)
  const seen: Observations = {}
  const see = async (what: string, ask: () => Promise<unknown>): Promise<void> => {
    seen[what] = await ask().catch((error: unknown) => {
      if (!(error instanceof RestError)) throw error
      return `${error.statusCode} ${error.code ?? ''}`
    })
  }
  const absent = { conditions: { ifNoneMatch: '*' } }
  const other = { conditions: { ifMatch: '"0x8D0000000000000"' } }
  await see('nothing in no container', async () => put('a', 'x'))
  await client.create()
  await see('a container twice', async () => client.create())
  await see('put if absent', async () => (await put('a', 'hello', absent))._response.status)
  await see('put if absent, of what is there', async () => put('a', 'x', absent))
  await see('put if unchanged, of what has changed', async () => put('a', 'x', other))
  await see('a range', async () => (await at('a').downloadToBuffer(1, 3)).toString())
  await see('a range beyond', async () => at('a').download(9, 1))
  await see('what is not there', async () => at('none').download())
  await see('the properties of what is not there', async () => at('none').getProperties())
  await see('a read if changed', async () => {
    const { etag = '' } = await at('a').getProperties()
    return at('a').download(0, undefined, { conditions: { ifNoneMatch: etag } })
  })
  await see('wrong bytes', async () =>
    at('b').stageBlock('AA==', 'x', 1, { transactionalContentMD5: Buffer.alloc(16) }),
  )
  await see('blocks', async () => {
    await at('b').stageBlock('AA==', 'one ', 4)
    await at('b').stageBlock('AQ==', 'two', 3)
    await at('b').commitBlockList(['AA==', 'AQ=='])
    return (await at('b').downloadToBuffer()).toString()
  })
  await see('a block that is not there', async () => at('b').commitBlockList(['Ag==']))
  await see('an append where the end is not', async () => {
    const log = client.getAppendBlobClient('log')
    await log.create()
    await log.appendBlock('line', 4)
    return log.appendBlock('x', 1, { conditions: { appendPosition: 0 } })
  })
  await see('a list', async () => {
    for (const name of ['dir/ü', 'dir/x', 'z']) await put(name, 'x')
    const names: string[] = []
    for await (const item of client.listBlobsByHierarchy('/')) names.push(`${item.kind} ${item.name}`)
    return names
  })
  await see('pages', async () => {
    const sizes: number[] = []
    for await (const page of client.listBlobsFlat().byPage({ maxPageSize: 4 }))
      sizes.push(page.segment.blobItems.length)
    return sizes
  })
  await see('a delete of what is not there', async () => at('none').delete())
  await client.delete()
  return seen
}
