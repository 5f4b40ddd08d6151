import { text } from 'node:stream/consumers'

import type { ContainerClient } from '@azure/storage-blob'
import fc from 'fast-check'
import { expect, test } from 'vitest'

import { compareUtf8 } from '../../src/ground/utf8-order.ts'
import { startSimulator } from '../../src/simulator.ts'
import { clientOf, failure, newContainer } from './azure.ts'

interface ModelBlob {
  readonly type: 'BlockBlob' | 'AppendBlob'
  readonly content: string
  readonly etag: string | undefined
  readonly blocks: ReadonlyMap<string, string>
}

interface Model {
  readonly blobs: Map<string, ModelBlob>
  readonly staged: Map<string, Map<string, string>>
}

const NAMES = ['a', 'a/b', 'a/ü', ' b', 'c d+%', '\u{1F600}', '\uFF5E', '<&">']
const IDS = ['AAAA', 'BBBB', 'CCCC']

const name = fc.constantFrom(...NAMES)
const content = fc.string({ maxLength: 12, unit: fc.constantFrom(...'abc\n<&') })
const ids = fc.array(fc.constantFrom(...IDS), { maxLength: 4 })

interface Subject {
  readonly container: ContainerClient
  readonly model: Model
}

type Step = (subject: Subject) => Promise<void>

/** Steps that do `run` with any of these. */
function steps<T extends unknown[]>(
  any: fc.Arbitrary<T>,
  run: (subject: Subject, ...of: T) => Promise<void>,
): fc.Arbitrary<Step> {
  return any.map((of) => async (subject) => run(subject, ...of))
}

/** What the service says to a call that the model knows the end of. */
async function expectEnd(call: Promise<unknown>, expected: string | undefined): Promise<void> {
  if (expected === undefined) await call
  else expect(await failure(call)).toBe(expected)
}

async function etagOf(container: ContainerClient, key: string): Promise<string | undefined> {
  return (await container.getBlobClient(key).getProperties()).etag
}

async function putBlob({ container, model }: Subject, key: string, body: string, onlyNew: boolean): Promise<void> {
  const existing = model.blobs.get(key)
  const conditions = onlyNew ? { ifNoneMatch: '*' } : {}
  const call = container.getBlockBlobClient(key).upload(body, Buffer.byteLength(body), { conditions })
  const refused = onlyNew && existing !== undefined
  await expectEnd(call, refused ? '409 BlobAlreadyExists' : undefined)
  if (refused) return
  const { etag } = await call
  expect(etag).not.toBe(existing?.etag)
  model.blobs.set(key, { type: 'BlockBlob', content: body, etag, blocks: new Map() })
  model.staged.delete(key)
}

async function putBlock({ container, model }: Subject, key: string, id: string, body: string): Promise<void> {
  const call = container.getBlockBlobClient(key).stageBlock(id, body, body.length)
  const isAppend = model.blobs.get(key)?.type === 'AppendBlob'
  await expectEnd(call, body === '' ? '400 InvalidHeaderValue' : isAppend ? '409 InvalidBlobType' : undefined)
  if (body === '' || isAppend) return
  const staged = model.staged.get(key) ?? new Map<string, string>()
  model.staged.set(key, staged.set(id, body))
}

async function putBlockList({ container, model }: Subject, key: string, list: string[]): Promise<void> {
  const existing = model.blobs.get(key)
  const call = container.getBlockBlobClient(key).commitBlockList(list)
  const found = list.map((id) => model.staged.get(key)?.get(id) ?? existing?.blocks.get(id))
  const isAppend = existing?.type === 'AppendBlob'
  const isMissing = found.includes(undefined)
  await expectEnd(call, isAppend ? '409 InvalidBlobType' : isMissing ? '400 InvalidBlockList' : undefined)
  if (isAppend || isMissing) return
  const blocks = new Map(list.map((id, index) => [id, found[index] ?? '']))
  const { etag } = await call
  model.blobs.set(key, { type: 'BlockBlob', content: found.join(''), etag, blocks })
  model.staged.delete(key)
}

async function createLog({ container, model }: Subject, key: string): Promise<void> {
  const { etag } = await container.getAppendBlobClient(key).create()
  model.blobs.set(key, { type: 'AppendBlob', content: '', etag, blocks: new Map() })
  model.staged.delete(key)
}

async function appendToLog({ container, model }: Subject, key: string, body: string): Promise<void> {
  const existing = model.blobs.get(key)
  const call = container.getAppendBlobClient(key).appendBlock(body, body.length)
  const refused =
    body === ''
      ? '400 InvalidHeaderValue'
      : existing === undefined
        ? '404 BlobNotFound'
        : existing.type === 'BlockBlob'
          ? '409 InvalidBlobType'
          : undefined
  await expectEnd(call, refused)
  if (refused !== undefined || existing === undefined) return
  const { etag, blobAppendOffset } = await call
  expect(Number(blobAppendOffset)).toBe(existing.content.length)
  model.blobs.set(key, { ...existing, content: existing.content + body, etag })
}

async function deleteBlob({ container, model }: Subject, key: string, isCurrent: boolean): Promise<void> {
  const existing = model.blobs.get(key)
  const ifMatch = isCurrent && existing?.etag !== undefined ? existing.etag : '"0x8D0000000000000"'
  const call = container.getBlobClient(key).delete({ conditions: { ifMatch } })
  await expectEnd(call, existing === undefined ? '404 BlobNotFound' : isCurrent ? undefined : '412 ConditionNotMet')
  if (isCurrent) model.blobs.delete(key)
}

async function copyBlob({ container, model }: Subject, from: string, to: string): Promise<void> {
  const source = model.blobs.get(from)
  const call = container.getBlobClient(to).syncCopyFromURL(container.getBlobClient(from).url)
  await expectEnd(call, source === undefined ? '404 CannotVerifyCopySource' : undefined)
  if (source === undefined) return
  model.blobs.set(to, { ...source, etag: (await call).etag })
  model.staged.delete(to)
}

async function readRange({ container, model }: Subject, key: string, offset: number, more: number): Promise<void> {
  const existing = model.blobs.get(key)
  const call = container.getBlobClient(key).download(offset, more + 1)
  const isPast = existing !== undefined && offset >= existing.content.length
  await expectEnd(call, existing === undefined ? '404 BlobNotFound' : isPast ? '416 InvalidRange' : undefined)
  if (existing === undefined || isPast) return
  expect(await text((await call).readableStreamBody!)).toBe(existing.content.slice(offset, offset + more + 1))
}

async function listPages(
  { container, model }: Subject,
  prefix: string,
  delimiter: string,
  maxPageSize: number,
): Promise<void> {
  const names = [...model.blobs.keys()].filter((key) => key.startsWith(prefix)).toSorted(compareUtf8)
  const cut = (key: string): string => {
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    return end === -1 ? key : `${key.slice(0, end + 1)}…`
  }
  const found: string[] = []
  const pages =
    delimiter === ''
      ? container.listBlobsFlat({ prefix }).byPage({ maxPageSize })
      : container.listBlobsByHierarchy(delimiter, { prefix }).byPage({ maxPageSize })
  for await (const { segment } of pages) {
    const prefixes = 'blobPrefixes' in segment ? (segment.blobPrefixes ?? []) : []
    for (const item of prefixes as { readonly name: string }[]) found.push(`${item.name}…`)
    for (const item of segment.blobItems) {
      found.push(item.name)
      expect(item.properties.contentLength).toBe(Buffer.byteLength(model.blobs.get(item.name)?.content ?? ''))
    }
  }
  // The SDK gives the folders of a page before its blobs.
  expect(found.toSorted()).toEqual([...new Set(names.map(cut))].toSorted())
}

const anyStep = fc.oneof(
  steps(fc.tuple(name, content, fc.boolean()), putBlob),
  steps(fc.tuple(name, fc.constantFrom(...IDS), content), putBlock),
  steps(fc.tuple(name, ids), putBlockList),
  steps(fc.tuple(name), createLog),
  steps(fc.tuple(name, content), appendToLog),
  steps(fc.tuple(name, fc.boolean()), deleteBlob),
  steps(fc.tuple(name, name), copyBlob),
  steps(fc.tuple(name, fc.nat(12), fc.nat(12)), readRange),
  steps(fc.tuple(fc.constantFrom('', 'a', 'a/'), fc.constantFrom('', '/'), fc.integer({ min: 1, max: 3 })), listPages),
)

test('any calls, one after the other, end as a simple model says', async () => {
  await using simulator = await startSimulator('azure')
  const client = clientOf(simulator)
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyStep, {
        minLength: 10,
        maxLength: 40,
      }),
      async (chosen) => {
        const container = await newContainer(client)
        const model: Model = { blobs: new Map(), staged: new Map() }
        for (const step of chosen) await step({ container, model })
        for (const [key, { content: expected, etag }] of model.blobs) {
          expect((await container.getBlobClient(key).downloadToBuffer()).toString()).toBe(expected)
          expect(await etagOf(container, key)).toBe(etag)
        }
      },
    ),
    { numRuns: 15 },
  )
})
