import { BlobServiceClient, ContainerClient, RestError, StorageSharedKeyCredential } from '@azure/storage-blob'

import { BLOB_TEST_KEY } from '../../src/blob/shared-key.ts'
import type { Simulator } from '../../src/simulator.ts'

export const ACCOUNT = 'testaccount'
export const credential = new StorageSharedKeyCredential(ACCOUNT, BLOB_TEST_KEY)

/** The unmodified SDK; its pauses between tries are short. */
export function clientOf(
  simulator: Simulator,
  {
    key = credential,
    tries = 1,
  }: { readonly key?: StorageSharedKeyCredential | undefined; readonly tries?: number } = {},
): BlobServiceClient {
  const retryOptions = { maxTries: tries, retryDelayInMs: 1 }
  return new BlobServiceClient(`${simulator.endpoint}/${ACCOUNT}`, key, { retryOptions })
}

let count = 0

/** A new container. */
export async function newContainer(client: BlobServiceClient): Promise<ContainerClient> {
  count += 1
  const container = client.getContainerClient(`container-${count}`)
  await container.create()
  return container
}

/** The status and the code that a call of the SDK fails with. */
export async function failure(call: Promise<unknown>): Promise<string> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof RestError)) throw error
    return `${error.statusCode} ${(error.details as { errorCode?: string } | undefined)?.errorCode}`
  }
  throw new Error('the call did not fail')
}
