import { createHash } from 'node:crypto'

import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  BlobClient,
  BlobSASPermissions,
  BlobServiceClient,
  BlockBlobClient,
  ContainerClient,
  ContainerSASPermissions,
  SASProtocol,
  StorageSharedKeyCredential,
  generateAccountSASQueryParameters,
  type BlobGenerateSasUrlOptions,
  type RestError,
} from '@azure/storage-blob'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { signWithTestKey } from '../../src/blob/shared-key.ts'
import { ManualClock } from '../../src/ground/manual-clock.ts'
import { startSimulator, type Simulator } from '../../src/simulator.ts'
import { call } from '../support/call.ts'
import { ACCOUNT, clientOf, credential, failure, newContainer } from './azure.ts'

const clock = new ManualClock()
let simulator: Simulator
let container: ContainerClient
beforeAll(async () => {
  simulator = await startSimulator('azure', { clock })
  container = await newContainer(clientOf(simulator))
  await container.getBlockBlobClient('a/b ü').upload('hello', 5)
})
afterAll(async () => simulator.close())

const inMinutes = (minutes: number): Date => new Date(clock.now() + minutes * 60_000)
const HOUR = 60

test('a shared key signs every kind of request', async () => {
  const blob = container.getBlockBlobClient('signed/ü x+y%')
  await blob.upload('hello', 5, {
    metadata: { ab: '1', a_c: '2', aC1: '3 4' },
    conditions: { ifUnmodifiedSince: new Date() },
    blobHTTPHeaders: { blobContentLanguage: 'en' },
  })
  await blob.stageBlock('AA==', 'x', 1, { transactionalContentMD5: createHash('md5').update('x').digest() })
  await blob.commitBlockList(['AA=='])
  await blob.download(0, 1, { conditions: { ifMatch: '*' } })
  for await (const _page of container
    .listBlobsByHierarchy('/', { prefix: 'signed/', includeMetadata: true })
    .byPage()) {
    // Each page is signed.
  }
  const copied = await blob.syncCopyFromURL(container.getBlobClient('a/b ü').url)
  expect(copied.copyStatus).toBe('success')
})

test('a parameter without a value is signed as it was sent', async () => {
  const date = new Date().toUTCString()
  const listed = async (signed: readonly string[]): Promise<number> => {
    const empty = '\n'.repeat(12)
    const place = `/${ACCOUNT}/${ACCOUNT}/${container.containerName}`
    const named = ['comp:list', 'delimiter:/', ...signed].join('\n')
    const text = `GET${empty}x-ms-date:${date}\nx-ms-version:2025-11-05\n${place}\n${named}`
    const Authorization = `SharedKey ${ACCOUNT}:${signWithTestKey(text)}`
    const headers = { 'x-ms-date': date, 'x-ms-version': '2025-11-05', Authorization }
    return (await call(`${container.url}?restype=container&comp=list&prefix=&delimiter=%2F`, { headers })).status
  }
  expect(await listed(['prefix:', 'restype:container'])).toBe(200)
  expect(await listed(['restype:container'])).toBe(403)
})

test('a wrong key, and another account, are refused', async () => {
  const wrong = new StorageSharedKeyCredential(ACCOUNT, Buffer.from('wrong').toString('base64'))
  const refused = clientOf(simulator, { key: wrong }).getContainerClient(container.containerName)
  expect(await failure(refused.getProperties())).toBe('403 AuthenticationFailed')
  const other = new StorageSharedKeyCredential('otheraccount', credential.accountName)
  expect(await failure(clientOf(simulator, { key: other }).getContainerClient('abc').create())).toBe(
    '403 AuthenticationFailed',
  )
  expect(await call(container.url, { headers: { Authorization: 'Basic x' } })).toMatchObject({ status: 400 })
})

test('without credentials, and with a token, everything may be done', async () => {
  const anonymous = new BlobServiceClient(`${simulator.endpoint}/anyaccount`)
  await anonymous.getContainerClient('abc').create()
  expect((await anonymous.listContainers().next()).value).toMatchObject({ name: 'abc' })
  const answered = await call(container.getBlobClient('a/b ü').url, { headers: { Authorization: 'Bearer token' } })
  expect(answered.body.toString()).toBe('hello')
  // The SDK itself sends no token over http.
  const getToken = async () => ({ token: 'token', expiresOnTimestamp: Infinity })
  const refused = new BlobServiceClient(`${simulator.endpoint}/anyaccount`, { getToken })
  await expect(refused.getProperties()).rejects.toThrow('not permitted for non-TLS')
})

test('a signature of a blob gives what it says, as long as it says', async () => {
  const blob = container.getBlobClient('a/b ü')
  const url = await blob.generateSasUrl({
    permissions: BlobSASPermissions.parse('r'),
    startsOn: inMinutes(-1),
    expiresOn: inMinutes(HOUR),
    contentType: 'text/x',
  })
  const signed = new BlockBlobClient(url)
  expect((await signed.downloadToBuffer()).toString()).toBe('hello')
  expect(await failure(signed.upload('x', 1))).toBe('403 AuthorizationPermissionMismatch')
  const elsewhere = new BlockBlobClient(url.replace('a/b', 'a/c'))
  expect(await failure(elsewhere.download())).toBe('403 AuthenticationFailed')
  const widened = new BlockBlobClient(url.replace('sp=r', 'sp=rw'))
  expect(await failure(widened.upload('x', 1))).toBe('403 AuthenticationFailed')
  await clock.advance(HOUR * 60_000)
  expect(await failure(signed.download())).toBe('403 AuthenticationFailed')
})

test('a signature of a container gives its blobs and the list', async () => {
  const permissions = ContainerSASPermissions.parse('rwl')
  const signed = new ContainerClient(await container.generateSasUrl({ permissions, expiresOn: inMinutes(HOUR) }))
  await signed.getBlockBlobClient('x').upload('x', 1)
  expect((await signed.listBlobsFlat().next()).done).toBe(false)
  expect(await failure(signed.getBlockBlobClient('x').delete())).toBe('403 AuthorizationPermissionMismatch')
  expect(await failure(signed.delete())).toBe('403 AuthorizationPermissionMismatch')
  const later = { permissions, startsOn: inMinutes(1), expiresOn: inMinutes(HOUR) }
  const early = new ContainerClient(await container.generateSasUrl(later))
  expect(await failure(early.getBlobClient('x').download())).toBe('403 AuthenticationFailed')
})

test('a signature of a blob says what the answer to a read says', async () => {
  const blob = container.getBlobClient('a/b ü')
  const url = await blob.generateSasUrl({
    permissions: BlobSASPermissions.parse('r'),
    expiresOn: inMinutes(HOUR),
    contentType: 'text/x',
    contentDisposition: 'inline; filename=ü',
    cacheControl: 'no-store',
  })
  const said = { contentType: 'text/x', contentDisposition: 'inline; filename=ü', cacheControl: 'no-store' }
  expect(await new BlobClient(url).getProperties()).toMatchObject(said)
  expect(await new BlobClient(url).download()).toMatchObject(said)
  const none = { permissions: BlobSASPermissions.parse('r'), expiresOn: inMinutes(HOUR), contentType: '日本' }
  expect(await failure(new BlobClient(await blob.generateSasUrl(none)).download())).toBe(
    '400 InvalidQueryParameterValue',
  )
})

test('a signature is good for its protocol and its addresses', async () => {
  const blob = container.getBlobClient('a/b ü')
  const read = async (more: Partial<BlobGenerateSasUrlOptions>): Promise<string> => {
    const permissions = BlobSASPermissions.parse('r')
    const client = new BlobClient(await blob.generateSasUrl({ permissions, expiresOn: inMinutes(HOUR), ...more }))
    return client.download().then(
      () => 'done',
      (error: RestError) => `${error.statusCode} ${error.code}`,
    )
  }
  expect(await read({ protocol: SASProtocol.Https })).toBe('403 AuthorizationProtocolMismatch')
  expect(await read({ protocol: SASProtocol.HttpsAndHttp })).toBe('done')
  expect(await read({ ipRange: { start: '1.2.3.4' } })).toBe('403 AuthorizationSourceIPMismatch')
  expect(await read({ ipRange: { start: '127.0.0.0', end: '127.0.0.255' } })).toBe('done')
})

test('a signature that may create cannot replace', async () => {
  const permissions = ContainerSASPermissions.parse('rc')
  const url = await container.generateSasUrl({ permissions, expiresOn: inMinutes(HOUR) })
  const blob = new ContainerClient(url).getBlockBlobClient('created')
  await blob.upload('x', 1)
  expect(await failure(blob.upload('y', 1))).toBe('403 UnauthorizedBlobOverwrite')
  await blob.stageBlock('AA==', 'y', 1)
  expect(await failure(blob.commitBlockList(['AA==']))).toBe('403 UnauthorizedBlobOverwrite')
  expect((await blob.downloadToBuffer()).toString()).toBe('x')
  const copied = blob.syncCopyFromURL(container.getBlobClient('a/b ü').url)
  expect(await failure(copied)).toBe('403 UnauthorizedBlobOverwrite')
})

test('a signature of the account gives what it names', async () => {
  const sas = generateAccountSASQueryParameters(
    {
      expiresOn: inMinutes(HOUR),
      permissions: AccountSASPermissions.parse('rwlc'),
      resourceTypes: AccountSASResourceTypes.parse('sc').toString(),
      services: AccountSASServices.parse('b').toString(),
    },
    credential,
  )
  const signed = new BlobServiceClient(`${simulator.endpoint}/${ACCOUNT}?${sas.toString()}`)
  await signed.getContainerClient('by-signature').create()
  expect((await signed.listContainers({ prefix: 'by-' }).next()).value).toMatchObject({ name: 'by-signature' })
  const blob = signed.getContainerClient('by-signature').getBlockBlobClient('x')
  expect(await failure(blob.upload('x', 1))).toBe('403 AuthorizationPermissionMismatch')
})
