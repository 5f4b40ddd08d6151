import { expect, test } from 'vitest'

import type { Persistence } from '../../src/artifact/persist.ts'
import { putOnce } from '../../src/artifact/put-once.ts'
import { SidestepError } from '../../src/errors.ts'
import { FolderStore } from '../support/folder-store.ts'
import { errorOf, testStore } from '../support/values.ts'

const KEY = 'owner.json'
const mine = Buffer.from('mine')
const theirs = Buffer.from('theirs')

type Fault = 'before' | 'after' | 'read' | 'none'

/** Fails as told, in turn: before it writes, after it wrote (so that the answer is lost), or when it is read. */
class FaultyStore extends FolderStore {
  faults: Fault[] = []

  protected override async putObjectIfAbsent(key: string, body: Uint8Array): Promise<boolean> {
    const fault = this.faults.shift() ?? 'none'
    if (fault === 'before') throw new Error('connection refused')
    const won = await super.putObjectIfAbsent(key, body)
    if (fault === 'after') throw new Error('connection reset')
    return won
  }

  protected override async readObject(key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    if (this.faults.shift() === 'read') throw new Error('connection reset')
    return super.readObject(key)
  }
}

async function faulty(...faults: Fault[]): Promise<FaultyStore> {
  const store = new FaultyStore((await testStore()).config)
  store.faults = faults
  return store
}

/** Time that passes only while somebody waits, and then at once. */
function patience(patienceMs: number): { waits: number[]; persistence: Persistence } {
  const waits: number[] = []
  const now = (): number => waits.reduce((sum, ms) => sum + ms, 0)
  const clock = { now, date: () => new Date(now()), sleep: async (ms: number) => void waits.push(ms) }
  return { waits, persistence: { patienceMs, clock } }
}

test('the first one wins, and the second one gets what the first one wrote', async () => {
  const store = await faulty()
  expect(await putOnce(store, KEY, mine)).toEqual({ won: true, bytes: mine })
  const second = await putOnce(store, KEY, theirs)
  expect([second.won, Buffer.from(second.bytes)]).toEqual([false, mine])
})

test('a write whose answer was lost is found to be ours', async () => {
  const { persistence } = patience(1_000)
  const result = await putOnce(await faulty('after'), KEY, mine, persistence)
  expect([result.won, Buffer.from(result.bytes)]).toEqual([true, mine])
})

test('a write that failed is tried again', async () => {
  const { waits, persistence } = patience(1_000)
  const store = await faulty('before', 'before', 'before')
  expect(await putOnce(store, KEY, mine, persistence)).toEqual({ won: true, bytes: mine })
  expect(waits).toEqual([100, 200, 400])
})

test('a doubtful answer, and somebody else was there first', async () => {
  const store = await faulty()
  await putOnce(store, KEY, theirs)
  store.faults = ['before', 'after', 'none', 'read']
  const { persistence } = patience(1_000)
  const result = await putOnce(store, KEY, mine, persistence)
  expect([result.won, Buffer.from(result.bytes)]).toEqual([false, theirs])
})

test('when the patience ends, the last error of the store is thrown', async () => {
  const { waits, persistence } = patience(1_000)
  const store = await faulty(...Array.from({ length: 20 }, (): Fault => 'before'))
  const error = await errorOf(putOnce(store, KEY, mine, persistence))
  expect(error).toMatchObject({ code: 'STORE_FAILED', cause: { message: 'connection refused' } })
  expect(waits).toEqual([100, 200, 400, 300])
})

test('a store that refuses the write and has no object does not hold it up for ever', async () => {
  class Contradictory extends FolderStore {
    protected override async putObjectIfAbsent(): Promise<boolean> {
      return false
    }
  }
  const store = new Contradictory((await testStore()).config)
  const { persistence } = patience(1_000)
  expect((await errorOf(putOnce(store, KEY, mine, persistence))).code).toBe('STORE_FAILED')
})

test('what is not a matter of the store being away is thrown at once', async () => {
  const { waits, persistence } = patience(1_000)
  expect((await errorOf(putOnce(await faulty(), '../x', mine, persistence))).code).toBe('INTERNAL')
  expect(waits).toEqual([])
})

test('an abort ends the waiting with its reason', async () => {
  const abort = new AbortController()
  const reason = new SidestepError('cancelled', { code: 'RUN_CANCELLED', kind: 'stopped' })
  const store = await faulty(...Array.from({ length: 20 }, (): Fault => 'before'))
  const waiting = putOnce(store, KEY, mine, { signal: abort.signal })
  await expect.poll(() => store.faults.length).toBeLessThan(20)
  // The first failure is behind it: it waits for its second try.
  setImmediate(() => abort.abort(reason))
  await expect(waiting).rejects.toBe(reason)
  expect(store.faults.length).toBe(19)
})

test('what may not be written is not tried again, and says who may not', async () => {
  class Closed extends FolderStore {
    tries = 0
    code = 'EACCES'

    protected override async putObjectIfAbsent(key: string): Promise<boolean> {
      this.tries += 1
      throw Object.assign(new Error(`${this.code}: permission denied, mkdir '/store/${key}'`), { code: this.code })
    }
  }
  const { waits, persistence } = patience(1_000)
  const store = new Closed((await testStore()).config)
  for (const code of ['EACCES', 'EPERM', 'EROFS']) {
    store.code = code
    const error = await errorOf(putOnce(store, KEY, mine, persistence))
    expect(error).toMatchObject({ code: 'STORE_FAILED', kind: 'auth' })
    expect(error.message).toContain(`mkdir '/store/${KEY}'`)
    expect(error.hint).toMatch(code === 'EROFS' ? /mounted for reading only/ : /`docker\.user`/)
  }
  expect(waits).toEqual([])
})
