import { setTimeout as sleep } from 'node:timers/promises'

import { expect, test } from 'vitest'

import { encodeJson } from '../../src/artifact/json-object.ts'
import { heartbeatKey, incarnationKey } from '../../src/artifact/layout.ts'
import { SidestepError } from '../../src/errors.ts'
import { Heartbeats } from '../../src/watch/heartbeats.ts'
import { Pulse } from '../../src/watch/pulse.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FolderStore } from '../support/folder-store.ts'
import { attempt } from '../support/step-launch.ts'

const MINUTE = 60_000

async function setUp() {
  const store = await FolderStore.temporary()
  const clock = new FakeClock()
  const pulse = new Pulse(attempt(1), { store, clock, lookEveryMs: MINUTE })
  const beat = async (n: number, incarnation = 1): Promise<void> =>
    void (await store.put(heartbeatKey({ ...attempt(1), incarnation }), encodeJson({ n })))
  const lookAfter = async (milliseconds: number): Promise<number> => {
    await clock.advance(milliseconds)
    await pulse.look()
    return pulse.silentMs
  }
  return { store, clock, pulse, beat, lookAfter, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() }
}

test('silence is the time in which the heartbeat does not change, whatever it says', async () => {
  await using setup = await setUp()
  await setup.beat(1)
  expect(await setup.lookAfter(MINUTE)).toBe(0)
  expect(await setup.lookAfter(MINUTE)).toBe(MINUTE)
  expect(await setup.lookAfter(MINUTE)).toBe(2 * MINUTE)
  await setup.beat(2)
  expect(await setup.lookAfter(MINUTE)).toBe(0)
})

test('a job that has never beaten is silent from the beginning', async () => {
  await using setup = await setUp()
  expect(await setup.lookAfter(MINUTE)).toBe(MINUTE)
  expect(await setup.lookAfter(MINUTE)).toBe(2 * MINUTE)
})

test('a launcher that was stopped for hours takes nothing for silence that it did not see', async () => {
  await using setup = await setUp()
  await setup.beat(1)
  await setup.lookAfter(MINUTE)
  expect(await setup.lookAfter(600 * MINUTE)).toBe(2 * MINUTE)
})

test('a store that cannot be read is not silence, nor is the time that it stays away', async () => {
  await using setup = await setUp()
  await setup.beat(1)
  await setup.lookAfter(MINUTE)
  const get = setup.store.get.bind(setup.store)
  setup.store.get = async () => {
    throw new SidestepError('the store is away', { code: 'STORE_FAILED', kind: 'infra' })
  }
  for (let n = 0; n < 20; n += 1) await expect(setup.lookAfter(MINUTE)).rejects.toMatchObject({ code: 'STORE_FAILED' })
  setup.store.get = get
  expect(await setup.lookAfter(MINUTE)).toBe(MINUTE)
})

test('a later start of the process is heard, and is not looked for while the one before beats', async () => {
  await using setup = await setUp()
  const asked: string[] = []
  const stat = setup.store.stat.bind(setup.store)
  setup.store.stat = async (key, options) => {
    asked.push(key)
    return stat(key, options)
  }
  for (let n = 1; n < 10; n += 1) {
    await setup.beat(n)
    expect(await setup.lookAfter(MINUTE)).toBe(0)
  }
  expect(asked).toEqual([])
  for (const incarnation of [2, 3])
    await setup.store.put(incarnationKey({ ...attempt(1), incarnation }), encodeJson({}))
  await setup.beat(1, 3)
  expect(await setup.lookAfter(MINUTE)).toBe(0)
  await setup.beat(2, 3)
  asked.length = 0
  expect(await setup.lookAfter(MINUTE)).toBe(0)
  expect(asked).toEqual([])
})

test('one timer serves all heartbeats, and none is left when nobody follows any', async () => {
  await using setup = await setUp()
  const heartbeats = new Heartbeats({ clock: setup.clock })
  const followed = Array.from({ length: 100 }, (_, n) => heartbeats.follow(attempt(n + 1), setup.store))
  expect(setup.clock.sleepers).toBe(1)
  await setup.clock.advance(MINUTE)
  while (setup.clock.sleepers === 0) await sleep(1)
  expect(followed.map(({ silentMs }) => silentMs)).toEqual(followed.map(() => MINUTE))
  for (const one of followed) one.stop()
  await setup.clock.advance(0)
  expect(setup.clock.sleepers).toBe(0)
})
