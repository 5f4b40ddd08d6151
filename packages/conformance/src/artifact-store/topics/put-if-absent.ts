import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'

import type { ArtifactStore } from '@sidestep/core'

import { described, settled } from '../../waiting.ts'
import { assertHolds, bytesOf, shown } from '../bytes.ts'
import type { StoreCheck } from '../subject.ts'

const CALLERS = 50
const INSTANCES = 5
const ROUNDS = 2
const ABORTED = 24
/** What was sent before an abort may arrive after it. */
const LATE_MS = 500

/** Long enough to be seen half written. */
const bodyOf = (name: string): Uint8Array => bytesOf(`${name} `.repeat(1_500))

/** The one decision, among any number of callers. */
export const putIfAbsentChecks: readonly StoreCheck[] = [
  {
    name: 'putIfAbsent writes where there is nothing, and leaves what is there',
    run: async ({ open }) => {
      const [one, other] = [await open(), await open()]
      const expectWon = async (store: ArtifactStore, key: string, body: Uint8Array, wanted: boolean): Promise<void> => {
        const won = await store.putIfAbsent(key, body)
        assert.equal(
          won,
          wanted,
          `putIfAbsent('${key}') gave ${won} where ${wanted ? 'nothing was' : 'an object was'}: true means that this call wrote it`,
        )
      }
      await expectWon(one, 'new', bytesOf('first'), true)
      for (const store of [one, other]) await expectWon(store, 'new', bytesOf('second'), false)
      // The same bytes are no reason to say that they were written now.
      await expectWon(other, 'new', bytesOf('first'), false)
      await assertHolds(other, 'new', bytesOf('first'), 'putObjectIfAbsent() never replaces.')
      await one.put('put', bytesOf('put'))
      await expectWon(other, 'put', bytesOf('second'), false)
      await assertHolds(one, 'put', bytesOf('put'), 'putObjectIfAbsent() never replaces.')
      // Nothing is something, once it was written.
      await expectWon(one, 'empty', new Uint8Array(), true)
      await expectWon(other, 'empty', bytesOf('second'), false)
      await one.delete('new')
      await expectWon(other, 'new', bytesOf('third'), true)
      await one.put('new', bytesOf('fourth'))
      await assertHolds(other, 'new', bytesOf('fourth'), 'put() replaces what putIfAbsent() wrote.')
    },
  },
  {
    name: `of ${CALLERS} callers at once exactly one gets true, and everybody reads its bytes`,
    timeoutMs: 120_000,
    run: async ({ open }) => {
      const stores = await Promise.all(Array.from({ length: INSTANCES }, open))
      const reader = await open()
      for (let round = 1; round <= ROUNDS; round += 1) {
        const key = `runs/race-${round}/owner.json`
        const names = Array.from({ length: CALLERS }, (_, n) => `caller-${round}-${n}`)
        const bodies = names.map(bodyOf)
        const racing = new AbortController()
        const watched = settled(watch(reader, key, bodies, racing.signal))
        const answers = await Promise.all(
          bodies.map(async (body, n) => settled(stores[n % INSTANCES]!.putIfAbsent(key, body))),
        )
        racing.abort()
        const reading = await watched
        for (const answer of answers) {
          assert.ok(
            !answer.failed,
            `putIfAbsent() failed with ${described(answer.failed && answer.error)} while others wrote the same key: ` +
              'that somebody else is first is false; what the provider wants to be asked again (S3: 409) is asked again by the hook',
          )
        }
        const winners = names.filter((_, n) => {
          const answer = answers[n]!
          return !answer.failed && answer.value
        })
        assert.equal(
          winners.length,
          1,
          `of ${CALLERS} concurrent callers of putIfAbsent() ${winners.length} got true, and exactly one must: ` +
            "use the provider's conditional write (If-None-Match: *, ifGenerationMatch: 0) or an exclusive link; to look first and write then is not enough",
        )
        // Of two winners a reader may have seen both: who won says more.
        if (reading.failed) throw reading.error
        for (const store of stores) {
          await assertHolds(store, key, bodyOf(winners[0]!), 'It must be what the one who got true has written.')
        }
      }
    },
  },
  {
    name: 'a putIfAbsent that was given up wrote all or nothing, and never replaces a later winner',
    run: async ({ timeoutFactor, open }) => {
      const [one, other] = [await open(), await open()]
      const bodies: Uint8Array[] = []
      await Promise.all(
        Array.from({ length: ABORTED }, async (_, n) => {
          const key = `given-up/${n}`
          const [mine, theirs] = [bodyOf(`first-${n}`), bodyOf(`second-${n}`)]
          const giveUp = new AbortController()
          const first = settled(one.putIfAbsent(key, mine, { signal: giveUp.signal }))
          await sleep(n)
          giveUp.abort(new Error('given up'))
          const answer = await first
          const second = await other.putIfAbsent(key, theirs)
          const firstWon = !answer.failed && answer.value
          assert.ok(!(firstWon && second), `two callers of putIfAbsent('${key}') got true`)
          assert.ok(
            second || answer.failed || firstWon,
            `putIfAbsent('${key}') gave false to both callers, and nobody else wrote`,
          )
          bodies[n] = second ? theirs : mine
        }),
      )
      await sleep(LATE_MS * timeoutFactor)
      for (const [n, body] of bodies.entries()) {
        await assertHolds(
          other,
          `given-up/${n}`,
          body,
          'A write that was given up may be there or not; where the next caller got true, it must never come later.',
        )
      }
    },
  },
]

/** Reads again and again: nobody may see a part, or first one and then another. */
async function watch(
  store: ArtifactStore,
  key: string,
  bodies: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<void> {
  let seen: Uint8Array | undefined
  while (!signal.aborted) {
    const now = await store.get(key)
    const known = now === undefined || bodies.some((body) => Buffer.compare(body, now) === 0)
    assert.ok(known, `while callers raced for '${key}', a reader saw ${shown(now)}, which nobody wrote as a whole`)
    assert.ok(
      seen === undefined || (now !== undefined && Buffer.compare(seen, now) === 0),
      `'${key}' was ${shown(seen)} and then ${shown(now)}: putObjectIfAbsent() never replaces what is there`,
    )
    seen = now
  }
}
