import { join } from 'node:path'

import { SidestepError, Stack, type Body, type RunEvent, type StoreCallOptions } from '@sidestep/core'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { local, localArtifactStore } from '../../src/index.ts'
import { LocalArtifactStore } from '../../src/store/local-artifact-store.ts'
import { temporaryHome } from '../support/runs.ts'
import { faults } from './fixtures/faults.ts'
import { cached, commands, squares } from './fixtures/pipelines.ts'

let home: Awaited<ReturnType<typeof temporaryHome>>
beforeEach(async () => {
  home = await temporaryHome()
})
afterEach(async () => home.remove())

/** A store whose calls go through here first. */
abstract class HookedStore extends LocalArtifactStore {
  protected abstract before(call: 'put' | 'put-stream' | 'put-if-absent' | 'read' | 'stat', key: string): void

  protected override async putObject(key: string, body: Body, options: StoreCallOptions) {
    this.before(body instanceof Uint8Array ? 'put' : 'put-stream', key)
    return super.putObject(key, body, options)
  }

  protected override async putObjectIfAbsent(key: string, body: Uint8Array) {
    this.before('put-if-absent', key)
    return super.putObjectIfAbsent(key, body)
  }

  protected override async readObject(key: string, options: StoreCallOptions) {
    this.before('read', key)
    return super.readObject(key, options)
  }

  protected override async statObject(key: string) {
    this.before('stat', key)
    return super.statObject(key)
  }
}

/** Gives no answer to the first call of each kind for each key, except where a value is written that can be read once. */
class FlakyStore extends HookedStore {
  readonly failed: Set<string> = new Set()

  protected before(call: string, key: string): void {
    const name = `${call} ${key}`
    if (this.failed.has(name) || (call === 'put-stream' && key.startsWith('runs/'))) return
    this.failed.add(name)
    throw new Error('connection reset')
  }
}

/** Refuses for certain to write what is cached. */
class ReadOnlyCache extends HookedStore {
  protected before(call: string, key: string): void {
    if (call !== 'put' || !key.startsWith('cache/')) return
    throw new SidestepError('no permission to write there', { code: 'COMPONENT_INVALID', kind: 'auth' })
  }
}

function stackWith<S extends LocalArtifactStore>(Store: new (config: { path: string }) => S): [Stack, S] {
  const path = join(home.path, 'store')
  const { runtime } = localArtifactStore({ path })
  const store = Object.assign(new Store({ path }), runtime === undefined ? {} : { runtime })
  return [new Stack({ name: 's', artifactStore: store, stepOperators: { here: local({ home: home.path }) } }), store]
}

test('a run in this process and in jobs survives that every call of the store fails once', async () => {
  const [stack, store] = stackWith(FlakyStore)
  expect(await squares.run(2, { stack })).toEqual({ total: 1, parts: [0, 1] })
  expect(store.failed.size).toBeGreaterThan(25)
  const calls = [...store.failed].map((name) => name.replace(/ (\w+)\/.*?([^/]*)$/, ' $1 $2'))
  expect(calls).toContain('put-if-absent runs run.json')
  expect(calls).toContain('put runs code.json')
  expect(calls).toContain('put-if-absent runs 1.json')
  expect(calls.some((name) => /^put-stream bundles .*mjs$/.test(name))).toBe(true)
})

test('so does a command step with files', async () => {
  const [stack] = stackWith(FlakyStore)
  expect(await commands.run(undefined, { stack })).toEqual({ sums: { cat: 8, dog: 4 }, files: ['names.txt'] })
})

test("a store that fails does not hide the user's error", async () => {
  const [stack] = stackWith(FlakyStore)
  await expect(faults.run({ fault: 'throws' }, { stack })).rejects.toMatchObject({
    kind: 'step',
    cause: { message: 'bad sector' },
  })
})

test('a result that cannot be cached, or whose record is damaged, is a warning', async () => {
  const [readOnly] = stackWith(ReadOnlyCache)
  const first = cached.start(1, { stack: readOnly })
  expect(await warningsOf(first)).toEqual([expect.stringContaining('no permission')])
  expect(await first.result()).toMatchObject({ value: 1 })

  const [stack, store] = stackWith(LocalArtifactStore)
  const second = await cached.run(1, { stack })
  for await (const { key } of store.list('cache/')) await store.put(key, Buffer.from('{ half'))
  const third = cached.start(1, { stack })
  expect(await warningsOf(third)).toEqual([expect.stringContaining('is damaged')])
  const computed = await third.result()
  expect(computed).not.toEqual(second)
  expect(await cached.run(1, { stack })).toEqual(computed)
})

async function warningsOf(run: { events(): AsyncIterable<RunEvent> }): Promise<string[]> {
  const warnings: string[] = []
  for await (const event of run.events()) if (event.type === 'warning') warnings.push(event.message)
  return warnings
}
