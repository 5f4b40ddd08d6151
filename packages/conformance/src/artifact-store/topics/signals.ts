import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

import type { ArtifactStore } from '@sidestep/core'

import { described, forAll, settled, within, type Settled } from '../../waiting.ts'
import { assertHolds, bytesOf, countOf, keysBelow, mebibytes, MIB } from '../bytes.ts'
import type { StoreCheck } from '../subject.ts'

const SOON_MS = 20_000
const LATE_MS = 300
const LARGE = 32
const LISTED = 60

/** Calls that are not wanted any more. */
export const signalChecks: readonly StoreCheck[] = [
  {
    name: 'a call whose signal has aborted rejects with its reason, and does nothing',
    run: async ({ open }) => {
      const store = await open()
      await store.put('there', bytesOf('x'))
      const reason = new Error('not wanted any more')
      const signal = AbortSignal.abort(reason)
      let asked = false
      async function* source(): AsyncGenerator<Uint8Array> {
        asked = true
        yield bytesOf('y')
      }
      const calls: Readonly<Record<string, () => Promise<unknown>>> = {
        put: async () => store.put('there', bytesOf('y'), { signal }),
        'put of a stream': async () => store.put('new', source(), { signal }),
        putIfAbsent: async () => store.putIfAbsent('new', bytesOf('y'), { signal }),
        read: async () => store.read('there', { signal }),
        get: async () => store.get('there', { signal }),
        stat: async () => store.stat('there', { signal }),
        list: async () => countOf(store.list('', { signal })),
        delete: async () => store.delete('there', { signal }),
      }
      for (const [name, call] of Object.entries(calls)) assertReason(await settled(call()), reason, name)
      assert.equal(asked, false, 'put() asked its source for bytes after its signal had aborted')
      assert.deepEqual(await keysBelow(store, ''), ['there'], 'a call whose signal had aborted has changed something')
      await assertHolds(store, 'there', bytesOf('x'), 'A call whose signal had aborted has changed something.')
    },
  },
  {
    name: 'an abort ends a put in its middle: the source is closed, and nothing is left',
    run: async ({ timeoutFactor, open }) => {
      const [store, reader] = [await open(), await open()]
      const reason = new Error('not wanted any more')
      for (const mebibytesBefore of [1, 12]) {
        const giveUp = new AbortController()
        let [closed, over] = [false, false]
        async function* source(): AsyncGenerator<Uint8Array> {
          try {
            for await (const piece of mebibytes(mebibytesBefore)) yield piece
            giveUp.abort(reason)
            while (!over) {
              await sleep(5)
              yield bytesOf('more')
            }
          } finally {
            closed = true
          }
        }
        try {
          const put = settled(store.put('endless', source(), { signal: giveUp.signal }))
          const message =
            'put() goes on after its signal has aborted: hand the signal on to the SDK, or look at it for every piece'
          assertReason(await within(put, SOON_MS * timeoutFactor, message), reason, 'put')
          await sleep(LATE_MS * timeoutFactor)
          assert.ok(closed, 'put() left its source open after its signal had aborted: end it by return()')
          assert.deepEqual(await keysBelow(reader, ''), [], 'a put() that was aborted has left an object')
        } finally {
          // A store that still reads it would keep the process alive.
          over = true
        }
      }
    },
  },
  {
    name: 'an abort ends a read in its middle',
    run: async ({ timeoutFactor, open }) => {
      const store = await open()
      await store.put('large', mebibytes(LARGE))
      const reason = new Error('not wanted any more')
      const giveUp = new AbortController()
      let count = 0
      const reading = settled(
        (async (): Promise<void> => {
          for await (const chunk of (await store.read('large', { signal: giveUp.signal })) ?? []) {
            count += chunk.length
            giveUp.abort(reason)
          }
        })(),
      )
      assertReason(
        await within(reading, SOON_MS * timeoutFactor, 'read() never ends after its signal has aborted'),
        reason,
        'read',
      )
      assert.ok(count < LARGE * MIB, 'read() gave the whole object although its signal aborted after the first chunk')
    },
  },
  {
    name: 'an abort ends a list in its middle',
    run: async ({ timeoutFactor, open }) => {
      const store = await open()
      await forAll(Array(LISTED).keys(), 8, async (n) => store.put(`listed/${n}`, bytesOf('x')))
      const reason = new Error('not wanted any more')
      const giveUp = new AbortController()
      let count = 0
      const listing = settled(
        (async (): Promise<void> => {
          for await (const _ of store.list('listed/', { signal: giveUp.signal })) {
            count += 1
            giveUp.abort(reason)
          }
        })(),
      )
      assertReason(
        await within(listing, SOON_MS * timeoutFactor, 'list() never ends after its signal has aborted'),
        reason,
        'list',
      )
      assert.ok(count < LISTED, 'list() gave every object although its signal aborted after the first')
    },
  },
  {
    name: 'calls that are aborted while they go on end with their result or the reason',
    run: async ({ timeoutFactor, open }) => {
      const store = await open()
      await store.put('there', bytesOf('x'.repeat(1_000)))
      const reason = new Error('not wanted any more')
      for (const [name, call] of calls(store)) {
        for (const wait of [0, 1, 2, 4, 8]) {
          const giveUp = new AbortController()
          const going = settled(call({ signal: giveUp.signal }))
          await sleep(wait)
          giveUp.abort(reason)
          const end = await within(going, SOON_MS * timeoutFactor, `${name}() never ends after its signal has aborted`)
          if (end.failed) assertReason(end, reason, name)
        }
      }
      await assertHolds(store, 'there', bytesOf('x'.repeat(1_000)), 'Calls that were aborted have changed it.')
    },
  },
]

type Call = (options: { readonly signal: AbortSignal }) => Promise<unknown>

function calls(store: ArtifactStore): readonly (readonly [name: string, call: Call])[] {
  return [
    ['get', async (options) => store.get('there', options)],
    ['stat', async (options) => store.stat('there', options)],
    ['list', async (options) => countOf(store.list('', options))],
    ['delete', async (options) => store.delete('other', options)],
    ['put', async (options) => store.put('there', bytesOf('x'.repeat(1_000)), options)],
  ]
}

function assertReason(end: Settled<unknown>, reason: Error, name: string): void {
  assert.ok(end.failed, `${name}() resolved although its signal had aborted`)
  assert.ok(
    end.error === reason,
    `${name}() failed with ${described(end.error)} after its signal had aborted: it rejects with the signal's reason`,
  )
}
