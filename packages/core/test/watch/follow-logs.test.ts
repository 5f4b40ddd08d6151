import { expect, test } from 'vitest'

import { encodeJson } from '../../src/artifact/json-object.ts'
import { incarnationKey, logChunkKey } from '../../src/artifact/layout.ts'
import type { ArtifactStore } from '../../src/artifact/artifact-store.ts'
import { followLogs, lastLogLines } from '../../src/watch/follow-logs.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FolderStore } from '../support/folder-store.ts'

const key = { runId: 'r', stepRunId: 's', attempt: 1 }

async function putLine(store: ArtifactStore, place: { incarnation: number; chunk: number }, text: string) {
  const { incarnation, chunk } = place
  await store.put(logChunkKey({ ...key, incarnation }, chunk), encodeJson({ n: 1, at: '', stream: 'stdout', text }))
}

async function textsOf(store: ArtifactStore): Promise<string[]> {
  const texts: string[] = []
  for await (const { text } of followLogs(key, { store, ended: AbortSignal.abort() })) texts.push(text)
  return texts
}

/** A store in which something happens just after an object was looked for in vain. */
class Eventful extends FolderStore {
  readonly afterMiss: Map<string, () => Promise<void>> = new Map()

  protected override async readObject(name: string) {
    const found = await super.readObject(name)
    const happen = this.afterMiss.get(name)
    this.afterMiss.delete(name)
    if (found === undefined) await happen?.()
    return found
  }
}

test('the lines of every incarnation, in order', async () => {
  await using store = await FolderStore.temporary()
  await putLine(store, { incarnation: 1, chunk: 1 }, 'one')
  await putLine(store, { incarnation: 1, chunk: 2 }, 'two')
  await store.put(incarnationKey({ ...key, incarnation: 2 }), encodeJson({}))
  await putLine(store, { incarnation: 2, chunk: 1 }, 'three')
  expect(await textsOf(store)).toEqual(['one', 'two', 'three'])
})

test('the last chunk of an incarnation that is written between two looks is not lost', async () => {
  await using folder = await FolderStore.temporary()
  const store = new Eventful(folder.config)
  await putLine(store, { incarnation: 1, chunk: 1 }, 'one')
  store.afterMiss.set(logChunkKey({ ...key, incarnation: 1 }, 2), async () => {
    await putLine(store, { incarnation: 1, chunk: 2 }, 'last words')
    await store.put(incarnationKey({ ...key, incarnation: 2 }), encodeJson({}))
    await putLine(store, { incarnation: 2, chunk: 1 }, 'again')
  })
  expect(await textsOf(store)).toEqual(['one', 'last words', 'again'])
})

test('a damaged chunk is named', async () => {
  await using store = await FolderStore.temporary()
  const chunk = logChunkKey({ ...key, incarnation: 1 }, 1)
  await store.put(chunk, Buffer.from('{"n":1,"at":"","stream":"stdout","text":"whole"}\n{"n":2,"at"'))
  const message = `${store.uri}/${chunk} is damaged: a line of it is not JSON`
  await expect(textsOf(store)).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT', kind: 'infra', message })
  await expect(lastLogLines(key, store, 20)).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT', message })
})

/** A store that has nothing, and counts how often it was asked. */
class Asked extends FolderStore {
  readonly gets: string[] = []

  protected override async readObject(name: string): Promise<undefined> {
    this.gets.push(name)
    return undefined
  }

  protected override async statObject(): Promise<undefined> {
    return undefined
  }
}

test('whoever follows many logs looks at each more seldom, and not more often in all', async () => {
  await using folder = await FolderStore.temporary()
  const looksInAMinute = async (logs: number): Promise<number> => {
    const [store, clock, end] = [new Asked(folder.config), new FakeClock(), new AbortController()]
    const follow = async (): Promise<void> => {
      for await (const { text } of followLogs(key, { store, clock, ended: end.signal })) throw new Error(text)
    }
    const following = Array.from({ length: logs }, follow)
    await clock.advance(60_000)
    const before = store.gets.length
    await clock.advance(60_000)
    const looks = store.gets.length - before
    end.abort()
    await Promise.all(following)
    return looks
  }
  const one = await looksInAMinute(1)
  expect(one).toBeGreaterThan(55)
  expect(one).toBeLessThan(85)
  // Waits are up to a quarter shorter than they may be.
  expect(await looksInAMinute(100)).toBeLessThan((20 * 60) / 0.75)
})
