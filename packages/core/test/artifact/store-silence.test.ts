import { expect, test } from 'vitest'

import type { ArtifactStore, StoredObject } from '../../src/artifact/artifact-store.ts'
import { persistently } from '../../src/artifact/persistent-store.ts'
import { putOnce } from '../../src/artifact/put-once.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FolderStore } from '../support/folder-store.ts'
import { testStore } from '../support/values.ts'

/** A store that refuses its calls, or leaves them without an answer, as the test says. */
class SometimesAway extends FolderStore {
  reads: 'answered' | 'refused' | Promise<void> = 'answered'
  writes: 'answered' | 'refused' | 'denied' = 'answered'

  protected override async statObject(key: string): Promise<StoredObject | undefined> {
    if (this.reads === 'refused') throw new Error('connect ECONNREFUSED')
    if (this.reads !== 'answered') await this.reads
    return super.statObject(key)
  }

  protected override async putObject(key: string, body: Uint8Array): Promise<number> {
    if (this.writes === 'denied') throw Object.assign(new Error('no'), { code: 'EACCES' })
    if (this.writes === 'refused') throw new Error('no space left on device')
    return super.putObject(key, body)
  }

  protected override async putObjectIfAbsent(key: string, body: Uint8Array): Promise<boolean> {
    if (this.writes === 'refused') throw new Error('no space left on device')
    return super.putObjectIfAbsent(key, body)
  }
}

interface Watched {
  readonly away: SometimesAway
  readonly store: ArtifactStore
  readonly clock: FakeClock
  readonly told: string[]
}

async function watched({ patienceMs = 900_000 }: { readonly patienceMs?: number } = {}): Promise<Watched> {
  const away = new SometimesAway((await testStore()).config)
  const clock = new FakeClock()
  const told: string[] = []
  const store = persistently(away, { patienceMs, clock, onSilence: (line) => told.push(line) })
  return { away, store, clock, told }
}

test('a store that refuses is told once, after some 5 seconds, with its uri and why; and when it answers again', async () => {
  const { away, store, clock, told } = await watched()
  away.reads = 'refused'
  const stats = Promise.all([store.stat('a'), store.stat('b')])
  await clock.advance(4_000)
  expect(told).toEqual([])
  await clock.advance(60_000)
  expect(told).toEqual([
    `the artifact store ${away.uri} gives no answer, and is asked again for 15m 00s: could not read ${away.uri}/a: connect ECONNREFUSED`,
  ])
  away.reads = 'answered'
  await clock.advance(60_000)
  expect(told.slice(1)).toEqual([`the artifact store ${away.uri} answers again`])
  expect(await stats).toEqual([undefined, undefined])
})

test('a call that hangs is told although nothing has failed yet', async () => {
  const { away, store, clock, told } = await watched()
  const gate = Promise.withResolvers<void>()
  away.reads = gate.promise
  const stat = store.stat('a')
  await clock.advance(4_900)
  expect(told).toEqual([])
  await clock.advance(200)
  expect(told).toEqual([expect.stringMatching(/gives no answer.*15m 00s: nothing has come back yet$/)])
  gate.resolve()
  await stat
  expect(told[1]).toMatch(/answers again$/)
  expect(clock.sleepers).toBe(0)
})

test('writes that fail are told although reads are answered all the time', async () => {
  const { away, store, clock, told } = await watched()
  away.writes = 'refused'
  const put = store.put('a', Buffer.from('x'))
  for (let second = 0; second < 60; second += 1) {
    await clock.advance(1_000)
    await store.stat('b')
  }
  expect(told).toEqual([expect.stringContaining('no space left on device')])
  away.writes = 'answered'
  await clock.advance(60_000)
  await put
  expect(told[1]).toMatch(/answers again$/)
})

test('what decides something is watched too, although it is tried again elsewhere', async () => {
  const { away, store, clock, told } = await watched()
  away.writes = 'refused'
  const won = putOnce(store, 'owner.json', Buffer.from('mine'), { clock })
  await clock.advance(10_000)
  expect(told).toEqual([expect.stringContaining('no space left on device')])
  away.writes = 'answered'
  await clock.advance(30_000)
  expect((await won).won).toBe(true)
})

test('short failures, denials and other seconds of the same call are not told', async () => {
  const { away, store, clock, told } = await watched()
  for (let times = 0; times < 5; times += 1) {
    away.reads = 'refused'
    const stat = store.stat('a')
    await clock.advance(2_000)
    away.reads = 'answered'
    await clock.advance(10_000)
    await stat
  }
  away.writes = 'denied'
  await expect(store.put('a', Buffer.from('x'))).rejects.toMatchObject({ kind: 'auth' })
  expect(told).toEqual([])
})

test('when one silence was given up, the next one is told anew', async () => {
  const { away, store, clock, told } = await watched({ patienceMs: 20_000 })
  away.reads = 'refused'
  const first = store.stat('a').catch((error: unknown) => error)
  await clock.advance(30_000)
  expect(await first).toMatchObject({ code: 'STORE_FAILED' })
  const second = store.stat('b').catch((error: unknown) => error)
  await clock.advance(30_000)
  expect(await second).toMatchObject({ code: 'STORE_FAILED' })
  expect(told).toHaveLength(2)
})
