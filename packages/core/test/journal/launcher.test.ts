import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { encodeJson } from '../../src/artifact/json-object.ts'
import { cancelKey } from '../../src/artifact/layout.ts'
import { isTakenOver, Launcher } from '../../src/journal/launcher.ts'
import { LEASE_MS, readOwner } from '../../src/journal/owner.ts'
import { settle } from '../support/fake-clock.ts'
import { FolderStore } from '../support/folder-store.ts'

let folder: string
let store: FolderStore
const at = new Date('2026-03-01T12:00:00.000Z')

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sidestep-launcher-'))
  store = new FolderStore({ folder })
})
afterEach(async () => {
  vi.useRealTimers()
  await rm(folder, { recursive: true, maxRetries: 5 })
})

async function claim(n: number): Promise<Launcher> {
  const launcher = await Launcher.claim('r', n, { store, journalId: 'j', at })
  if (launcher === undefined) throw new Error(`somebody else is launcher ${n}`)
  return launcher
}

test('of many that want a number one gets it', async () => {
  const claims = await Promise.all(
    Array.from({ length: 8 }, () => Launcher.claim('r', 1, { store, journalId: 'j', at })),
  )
  expect(claims.filter((launcher) => launcher !== undefined)).toHaveLength(1)
})

test('a launcher owns the run until there is a later one', async () => {
  const first = await claim(1)
  await first.check()
  const second = await claim(2)
  await expect(first.check()).rejects.toSatisfy(isTakenOver)
  await expect(first.check()).rejects.toThrow('launcher 2 has taken over the run r')
  await second.check()
})

/** Lets the launcher's timer pass, and what it does then. */
async function pass(milliseconds: number): Promise<void> {
  for (let left = milliseconds; left > 0; left -= 1_000) {
    vi.advanceTimersByTime(1_000)
    await settle()
  }
}

test('it gives signs while it is kept, and none before a quarter of the lease has passed', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date', 'performance'], now: at })
  const launcher = await claim(1)
  const events = { onTakenOver: vi.fn<() => void>(), onCancel: vi.fn<() => void>() }
  launcher.keep(events, { store, cancelRequested: () => false })
  await pass(LEASE_MS / 4 - 1_000)
  expect((await readOwner('r', store))?.lease).toBeUndefined()
  await pass(LEASE_MS)
  expect((await readOwner('r', store))?.lease?.beat).toBeGreaterThanOrEqual(3)
  launcher.stop()
  // A sign that was on its way still comes.
  await pass(LEASE_MS)
  const lease = (await readOwner('r', store))?.lease
  await pass(LEASE_MS)
  expect((await readOwner('r', store))?.lease).toEqual(lease)
  expect(events.onTakenOver).not.toHaveBeenCalled()
  expect(events.onCancel).not.toHaveBeenCalled()
})

test('it is told once that the run was taken over, as soon as it looks after a sleep', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date', 'performance'], now: at })
  const launcher = await claim(1)
  const onTakenOver = vi.fn<() => void>()
  launcher.keep({ onTakenOver, onCancel: vi.fn<() => void>() }, { store, cancelRequested: () => false })
  await pass(2_000)
  await claim(2)
  // The clock of the wall goes on while a machine sleeps, the other one does not.
  vi.setSystemTime(at.getTime() + 3_600_000)
  await pass(2_000)
  expect(onTakenOver).toHaveBeenCalledOnce()
  await pass(LEASE_MS)
  expect(onTakenOver).toHaveBeenCalledOnce()
})

test('it is told once that the run is to be cancelled, by the journal or by the store', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date', 'performance'], now: at })
  const onCancel = vi.fn<() => void>()
  const here = await claim(1)
  here.keep({ onTakenOver: vi.fn<() => void>(), onCancel }, { store, cancelRequested: () => true })
  await pass(3_000)
  here.stop()
  expect(onCancel).toHaveBeenCalledOnce()
  const onCancelElsewhere = vi.fn<() => void>()
  const there = await claim(2)
  there.keep({ onTakenOver: vi.fn<() => void>(), onCancel: onCancelElsewhere }, { store, cancelRequested: () => false })
  await store.put(cancelKey('r'), encodeJson({ at, n: 2 }))
  await pass(LEASE_MS)
  there.stop()
  expect(onCancelElsewhere).toHaveBeenCalledOnce()
})

test('what an earlier launcher was told is not for it', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date', 'performance'], now: at })
  await claim(1)
  await store.put(cancelKey('r'), encodeJson({ at, n: 1 }))
  const launcher = await claim(2)
  const onCancel = vi.fn<() => void>()
  launcher.keep({ onTakenOver: vi.fn<() => void>(), onCancel }, { store, cancelRequested: () => false })
  await pass(LEASE_MS)
  expect((await readOwner('r', store))?.lease).toBeDefined()
  expect(onCancel).not.toHaveBeenCalled()
  await store.put(cancelKey('r'), encodeJson({ at, n: 3 }))
  await pass(LEASE_MS)
  launcher.stop()
  expect(onCancel).toHaveBeenCalledOnce()
})

test('a journal that cannot be read stops neither its signs nor the look for a later launcher', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date', 'performance'], now: at })
  const launcher = await claim(1)
  const onTakenOver = vi.fn<() => void>()
  const cancelRequested = (): boolean => {
    throw new Error('another process has held the journal for too long')
  }
  launcher.keep({ onTakenOver, onCancel: vi.fn<() => void>() }, { store, cancelRequested })
  await pass(LEASE_MS)
  expect((await readOwner('r', store))?.lease?.beat).toBeGreaterThanOrEqual(3)
  await claim(2)
  await pass(LEASE_MS)
  expect(onTakenOver).toHaveBeenCalledOnce()
})

test('a store that cannot be written stops neither the look into it nor the one into the journal', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date', 'performance'], now: at })
  class ReadOnlyStore extends FolderStore {
    protected override async putObject(): Promise<number> {
      throw new Error('no space left')
    }
  }
  const full = new ReadOnlyStore({ folder })
  const launcher = await claim(1)
  await store.put(cancelKey('r'), encodeJson({ at, n: 1 }))
  const events = { onTakenOver: vi.fn<() => void>(), onCancel: vi.fn<() => void>() }
  let looks = 0
  const cancelRequested = (): boolean => {
    looks += 1
    return false
  }
  launcher.keep(events, { store: full, cancelRequested })
  await pass(LEASE_MS)
  launcher.stop()
  expect(events.onCancel).toHaveBeenCalledOnce()
  expect(looks).toBeGreaterThan(20)
  expect((await readOwner('r', store))?.lease).toBeUndefined()
})

test('who lets go says so', async () => {
  const launcher = await claim(1)
  await launcher.release()
  expect((await readOwner('r', store))?.lease).toMatchObject({ released: true })
})
