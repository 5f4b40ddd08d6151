import { ApiError, Storage } from '@google-cloud/storage'

import type { Observations } from './blob-scenario.ts'

/** Asks a Cloud Storage, through the official SDK, for what a store of artifacts needs of it. */
export async function gcsScenario(apiEndpoint: string, name: string): Promise<Observations> {
  const storage = new Storage({ apiEndpoint, projectId: 'test', retryOptions: { autoRetry: false } })
  const bucket = storage.bucket(name)
  const save = async (key: string, text: string, ifGenerationMatch?: number): Promise<string> => {
    const preconditionOpts = ifGenerationMatch === undefined ? {} : { ifGenerationMatch }
    await bucket.file(key).save(text, { resumable: false, preconditionOpts })
    return 'done'
  }
  const seen: Observations = {}
  const see = async (what: string, ask: () => Promise<unknown>): Promise<void> => {
    seen[what] = await ask().catch((error: unknown) => {
      if (!(error instanceof ApiError)) throw error
      return `${error.code}`
    })
  }
  await see('nothing in no bucket', async () => save('a', 'x'))
  await storage.createBucket(name)
  await see('a bucket twice', async () => storage.createBucket(name))
  await see('put if absent', async () => save('a', 'hello', 0))
  await see('put if absent, of what is there', async () => save('a', 'x', 0))
  await see('put if unchanged, of what has changed', async () => save('a', 'x', 1))
  await see('the bytes', async () => String((await bucket.file('a').download())[0]))
  await see('a range', async () => String((await bucket.file('a').download({ start: 1, end: 3 }))[0]))
  await see('what is known', async () => {
    const [{ size, md5Hash, crc32c, metageneration }] = await bucket.file('a').getMetadata()
    return { size: String(size), md5Hash, crc32c, metageneration: String(metageneration) }
  })
  await see('what is not there', async () => bucket.file('none').download())
  await see('the metadata of what is not there', async () => bucket.file('none').getMetadata())
  await see('a resumable upload', async () => {
    await bucket.file('b').save('x'.repeat(600_000), { resumable: true, chunkSize: 262_144 })
    return Number((await bucket.file('b').getMetadata())[0].size)
  })
  await see('a list', async () => {
    for (const key of ['dir/ü', 'dir/x', 'z']) await save(key, 'x')
    const [files, , answer] = await bucket.getFiles({ delimiter: '/', autoPaginate: false })
    return [files.map((file) => file.name), (answer as { readonly prefixes?: unknown }).prefixes]
  })
  await see('a delete of what is not there', async () => bucket.file('none').delete())
  await see('a bucket that is not empty', async () => bucket.delete())
  for (const key of ['a', 'b', 'dir/ü', 'dir/x', 'z']) await bucket.file(key).delete()
  await bucket.delete()
  return seen
}
