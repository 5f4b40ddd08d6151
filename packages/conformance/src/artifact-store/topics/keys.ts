import assert from 'node:assert/strict'

import type { ArtifactStore } from '@sidestep/core'

import { described, forAll, settled } from '../../waiting.ts'
import { assertHolds, bytesOf, keysBelow } from '../bytes.ts'
import type { StoreCheck } from '../subject.ts'

const AT_ONCE = 8
/** Providers take 1,024 bytes: the rest is left for a prefix of the store's own. */
const LONGEST_KEY = 900

const PRINTABLE = Array.from({ length: 0x7f - 0x20 }, (_, at) => String.fromCharCode(0x20 + at)).filter(
  (character) => character !== '/',
)

const LOOK_ALIKES = ['Key', 'key', 'KEY', 'a b', 'a+b', 'a%20b', 'a%2Fb', 'a/b', '%', '%%', '%25', '%00', '%2e%2e/x']
const DOTS_AND_SPACES = ['...', '.hidden', '..../x', 'dot.', 'dots./x', ' space', 'space ', '..%2fx', '..\\x', 'a\\b']
const OTHER_MEANINGS = [
  '~/x',
  '-',
  '--flag',
  'C:x',
  'con',
  'nul.txt',
  '__proto__',
  'index.html',
  'x.tmp',
  '%tmp/x',
  '?a=b#c',
]
/** The first two are one letter, composed and as two characters. */
const OTHER_SCRIPTS = ['\u00E9', 'e\u0301', 'ß', 'ss', '名前/値', 'שלום', '😀', 'a\u2028b', '\uFF0F', 'a\u00A0b']

/** Each another object than all the others. */
const KEYS: readonly string[] = [
  'runs/a-1/train-456f6463c8de478f/1/spec.json',
  `all/${PRINTABLE.join('')}`,
  // A dot alone is no key. Letters and digits mean the same everywhere: three stand for all.
  ...PRINTABLE.filter((character) => /[^.\p{L}\p{N}]|[aA0]/u.test(character)).map((character) => `one/${character}`),
  ...LOOK_ALIKES,
  ...DOTS_AND_SPACES,
  ...OTHER_MEANINGS,
  ...OTHER_SCRIPTS,
]

/** Keys, and what is none. */
export const keyChecks: readonly StoreCheck[] = [
  {
    name: 'every printable character may be in a key, and no two keys are one',
    timeoutMs: 120_000,
    run: async ({ open }) => {
      const store = await open()
      await forAll(KEYS, AT_ONCE, async (key) => {
        const put = await settled(store.put(key, bytesOf(key)))
        assert.ok(!put.failed, `put() of the key ${JSON.stringify(key)} failed: ${described(put.failed && put.error)}`)
      })
      await assertAll(store, KEYS)
      const [gone = '', ...left] = KEYS.toReversed()
      await store.delete(gone)
      await assertListed(store, left)
    },
  },
  {
    name: `keys of ${LONGEST_KEY} bytes, in many parts or in one, differ at their end too`,
    run: async ({ open }) => {
      const store = await open()
      const parts = 'runs-and-/'.repeat(LONGEST_KEY / 10 - 1)
      const bases = [`${parts}${'x'.repeat(9)}`, 'y'.repeat(LONGEST_KEY - 1), '値'.repeat(LONGEST_KEY / 3 - 1)]
      const keys = bases.flatMap((base) => [`${base}1`, `${base}2`])
      for (const key of keys) await store.put(key, bytesOf(key))
      await assertAll(store, keys)
    },
  },
  {
    name: 'what is no key is refused by every call',
    run: async ({ open }) => {
      const store = await open()
      await store.put('there', bytesOf('x'))
      for (const key of ['', '/', '/there', 'there/', 'a//b', '.', '..', './there', 'a/../there', 'a/..', 'a\0b']) {
        const calls: Readonly<Record<string, () => Promise<unknown>>> = {
          put: async () => store.put(key, bytesOf('y')),
          putIfAbsent: async () => store.putIfAbsent(key, bytesOf('y')),
          read: async () => store.read(key),
          get: async () => store.get(key),
          stat: async () => store.stat(key),
          delete: async () => store.delete(key),
        }
        for (const [name, call] of Object.entries(calls)) {
          const end = await settled(call())
          assert.ok(
            end.failed,
            `${name}(${JSON.stringify(key)}) was taken, and it is no key: write the hooks (putObject, …) and leave the public methods to ArtifactStore`,
          )
        }
      }
      assert.deepEqual(await keysBelow(store, ''), ['there'], 'a call that was refused has changed something')
      await assertHolds(store, 'there', bytesOf('x'), 'A call that was refused has changed something.')
    },
  },
  {
    name: 'an object and keys below its own leave each other alone',
    run: async ({ open }) => {
      const store = await open()
      for (const [first, second] of [
        ['a/b', 'a'],
        ['c', 'c/d'],
      ] as const) {
        await store.put(first, bytesOf(first))
        for (const call of ['get', 'read', 'stat'] as const) {
          const end = await settled<unknown>(store[call](second))
          assert.ok(
            !end.failed && end.value === undefined,
            `${call}('${second}') beside '${first}' gave ${end.failed ? described(end.error) : 'an object'}: it is definitely not there, which is undefined`,
          )
        }
        await store.delete(second)
        await assertHolds(store, first, bytesOf(first), `delete('${second}') must leave it alone.`)
        // A store of paths may refuse to have both; it must not lose one for the other.
        const put = await settled(store.put(second, bytesOf(second)))
        await assertHolds(store, first, bytesOf(first), `put('${second}') must leave it alone.`)
        if (!put.failed) await assertHolds(store, second, bytesOf(second), 'put() resolved, so it is there.')
        else assertStoreFailed(put.error, `put('${second}') beside '${first}'`)
      }
    },
  },
  {
    name: 'a store has the objects of its own place alone',
    run: async ({ open, openNeighbour }) => {
      const [store, neighbour] = [await open(), await openNeighbour()]
      await neighbour.put('theirs', bytesOf('x'))
      await store.put('ours', bytesOf('y'))
      for (const [name, one, own] of [
        [store.uri, store, 'ours'],
        [neighbour.uri, neighbour, 'theirs'],
      ] as const) {
        const keys = await keysBelow(one, '')
        assert.deepEqual(keys, [own], `${name} lists ${JSON.stringify(keys)}: end the prefix of the store with a /`)
      }
      assert.notEqual(
        store.uri,
        neighbour.uri,
        'stores of two places have one uri: create() gives each place its own folder, bucket or prefix',
      )
    },
  },
]

async function assertAll(store: ArtifactStore, keys: readonly string[]): Promise<void> {
  await forAll(keys, AT_ONCE, async (key) => {
    await assertHolds(store, key, bytesOf(key), 'Two keys are one object: encode what the provider takes for the same.')
    const stats = await store.stat(key)
    assert.equal(stats?.key, key, `stat(${JSON.stringify(key)}) gave the key ${JSON.stringify(stats?.key)}`)
  })
  await assertListed(store, keys)
}

async function assertListed(store: ArtifactStore, keys: readonly string[]): Promise<void> {
  const found = await keysBelow(store, '')
  const expected = keys.toSorted()
  const missing = expected.filter((key) => !found.includes(key))
  const extra = found.filter((key) => !expected.includes(key))
  assert.ok(
    missing.length + extra.length === 0,
    `list('') lacks ${JSON.stringify(missing)} and has ${JSON.stringify(extra)}: listObjects() gives keys as they were put`,
  )
}

function assertStoreFailed(error: unknown, call: string): void {
  const { code } = error as { readonly code?: unknown }
  assert.equal(code, 'STORE_FAILED', `${call} failed with ${described(error)}, and not with the code STORE_FAILED`)
}
