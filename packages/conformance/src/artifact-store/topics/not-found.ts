import assert from 'node:assert/strict'

import { SidestepError, type ArtifactStore } from '@sidestep/core'

import { described, settled, within } from '../../waiting.ts'
import { bytesOf, countOf, keysBelow } from '../bytes.ts'
import type { StoreCheck } from '../subject.ts'

const PATIENCE_MS = 60_000

/** Only a definite answer is an answer. */
export const notFoundChecks: readonly StoreCheck[] = [
  {
    name: 'what is not there is undefined, and deleting it is success',
    run: async ({ open }) => {
      const store = await open()
      const assertNothing = async (key: string): Promise<void> => {
        for (const call of ['get', 'read', 'stat'] as const) {
          const end = await settled<unknown>(store[call](key))
          assert.ok(
            !end.failed,
            `${call}('${key}') of what is not there failed with ${described(end.failed && end.error)}`,
          )
          assert.equal(end.value, undefined, `${call}('${key}') gave something that is not there`)
        }
        const end = await settled(store.delete(key))
        assert.ok(
          !end.failed,
          `delete('${key}') of what is not there failed with ${described(end.failed && end.error)}: it is success`,
        )
      }
      // First of an empty store, which may have nothing yet where its objects go.
      await assertNothing('runs/a/owner.json')
      await store.put('runs/a/spec.json', bytesOf('x'))
      for (const key of ['runs/a/owner.json', 'runs/a', 'runs', 'runs/a/spec', 'runs/a/spec.json.x']) {
        await assertNothing(key)
      }
      assert.deepEqual(await keysBelow(store, ''), ['runs/a/spec.json'])
    },
  },
  {
    name: 'a store that gets no answer says so, and never that something is not there',
    timeoutMs: 120_000,
    run: async ({ unreachable, secrets, timeoutFactor }) => {
      await Promise.all(
        Object.entries(unreachable).flatMap(([what, open]) =>
          CALLS.map(async ([name, call]) => {
            const where = `${name}() of a store that cannot answer (${what})`
            const store = await open()
            const end = await within(settled(call(store)), PATIENCE_MS * timeoutFactor, `${where} never ends`)
            assert.ok(
              end.failed,
              `${where} gave ${JSON.stringify(end.failed ? '' : end.value)}, as if it had looked: ` +
                'only what the provider says is not there is undefined; that the bucket is missing is an error too',
            )
            assertStoreFailed(end.error, where)
            const text = [described(end.error), end.error.hint, store.uri].join(' ')
            const shown = secrets.some((secret) => text.includes(secret))
            assert.ok(!shown, `${where} shows a credential in its error: keep it out of messages`)
          }),
        ),
      )
    },
  },
]

const KEY = 'runs/a/owner.json'
const CALLS: readonly (readonly [name: string, call: (store: ArtifactStore) => Promise<unknown>])[] = [
  ['get', async (store) => store.get(KEY)],
  [
    'read',
    async (store) => {
      const stream = await store.read(KEY)
      return stream && countOf(stream)
    },
  ],
  ['stat', async (store) => store.stat(KEY)],
  ['put', async (store) => store.put(KEY, bytesOf('x'))],
  ['putIfAbsent', async (store) => store.putIfAbsent(KEY, bytesOf('x'))],
  ['list', async (store) => countOf(store.list('runs/'))],
  ['delete', async (store) => store.delete(KEY)],
]

/** It says that the store has failed, and blames nobody else. */
export function assertStoreFailed(error: unknown, where: string): asserts error is SidestepError {
  assert.ok(
    SidestepError.isInstance(error) && error.code === 'STORE_FAILED',
    `${where} failed with ${described(error)}: an error of a hook becomes STORE_FAILED by itself; one of your own is a SidestepError with that code`,
  )
  assert.ok(
    error.kind !== 'step',
    `${where} failed with the kind ${error.kind}, as if the step were to blame: infra, auth where a login is refused, or config where there is no such place`,
  )
}
