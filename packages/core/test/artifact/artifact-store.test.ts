import { mkdir } from 'node:fs/promises'

import { expect, test } from 'vitest'

import { SidestepError } from '../../src/errors.ts'
import { FolderStore } from '../support/folder-store.ts'
import { all, errorOf, testStore } from '../support/values.ts'

const text = (value: string): Uint8Array => Buffer.from(value)

test('objects are written, replaced, read, listed and deleted', async () => {
  const store = await testStore()
  expect(await store.put('a/b.txt', text('one'))).toBe(3)
  expect(await store.put('a/b.txt', text('three'))).toBe(5)
  expect(await store.get('a/b.txt')).toEqual(text('three'))
  expect(await store.stat('a/b.txt')).toEqual({ key: 'a/b.txt', size: 5 })
  expect(await all(store.list('a/'))).toEqual([{ key: 'a/b.txt', size: 5 }])
  await store.delete('a/b.txt')
  await store.delete('a/b.txt')
  expect(await store.get('a/b.txt')).toBeUndefined()
  expect(await store.stat('a/b.txt')).toBeUndefined()
})

test('of many that put the same absent key, one wins', async () => {
  const store = await testStore()
  const answers = await Promise.all(
    Array.from({ length: 20 }, async (_, n) => store.putIfAbsent('owner.json', text(`${n}`))),
  )
  expect(answers.filter(Boolean)).toEqual([true])
  expect(await store.get('owner.json')).toEqual(text(`${answers.indexOf(true)}`))
})

test.each(['', '/', 'a//b', '/a', 'a/', '.', '..', 'a/../b', 'a/./b', 'a\0b'])('%j is not a key', async (key) => {
  const store = await testStore()
  const calls: (() => Promise<unknown>)[] = [
    async () => store.put(key, text('')),
    async () => store.putIfAbsent(key, text('')),
    async () => store.read(key),
    async () => store.get(key),
    async () => store.stat(key),
    async () => store.delete(key),
  ]
  for (const call of calls) {
    const error = await errorOf(call())
    expect([error.code, error.message]).toEqual([
      'INTERNAL',
      `${JSON.stringify(key)} is not a key of an artifact store`,
    ])
  }
})

test('a prefix may end within a part, and must not lead out of the store', async () => {
  const store = await testStore()
  await store.put('runs/1/a', text('a'))
  await store.put('runs/12/a', text('a'))
  const keys = async (prefix: string): Promise<string[]> =>
    (await all(store.list(prefix))).map(({ key }) => key).toSorted()
  expect(await keys('')).toEqual(['runs/1/a', 'runs/12/a'])
  expect(await keys('runs/1')).toEqual(['runs/1/a', 'runs/12/a'])
  expect(await keys('runs/1/')).toEqual(['runs/1/a'])
  for (const prefix of ['/', '../', '..', 'runs/../../', 'runs//1']) {
    expect((await errorOf(keys(prefix))).code).toBe('INTERNAL')
  }
})

test('what the store does not answer is STORE_FAILED, with the object and the cause', async () => {
  const store = await testStore()
  await mkdir(store.pathOf('folder/below'), { recursive: true })
  const error = await errorOf(store.put('folder', text('x')))
  expect(error).toMatchObject({ code: 'STORE_FAILED', kind: 'infra', cause: { code: expect.any(String) as string } })
  expect(error.message).toContain(`${store.uri}/folder`)
})

test('a stream that breaks while it is read is STORE_FAILED too', async () => {
  class BreakingStore extends FolderStore {
    protected override async readObject(): Promise<AsyncIterable<Uint8Array>> {
      return breaking()
    }
  }
  const store = new BreakingStore((await testStore()).config)
  for (const read of [async () => store.get('a'), async () => all((await store.read('a')) ?? [])]) {
    const error = await errorOf(read())
    expect(error).toMatchObject({ code: 'STORE_FAILED', cause: { message: 'connection reset' } })
  }
})

test('the error of a Sidestep body is passed on as it is, and nothing is written', async () => {
  const store = await testStore()
  const own = new SidestepError('changed while read', { code: 'VALUE_NOT_STORABLE', kind: 'step' })
  await expect(store.put('a', breaking(own))).rejects.toBe(own)
  expect(await all(store.list(''))).toEqual([])
})

test('an aborted signal stops every call with its reason', async () => {
  const store = await testStore()
  const reason = new Error('enough')
  const options = { signal: AbortSignal.abort(reason) }
  const calls: (() => Promise<unknown>)[] = [
    async () => store.put('a', text(''), options),
    async () => store.putIfAbsent('a', text(''), options),
    async () => store.get('a', options),
    async () => store.stat('a', options),
    async () => all(store.list('', options)),
    async () => store.delete('a', options),
  ]
  for (const call of calls) await expect(call()).rejects.toBe(reason)
})

async function* breaking(error: Error = new Error('connection reset')): AsyncGenerator<Uint8Array> {
  yield text('half')
  throw error
}
