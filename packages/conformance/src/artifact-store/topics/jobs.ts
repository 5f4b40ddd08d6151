import assert from 'node:assert/strict'

import { assertHolds, bytesOf, keysBelow } from '../bytes.ts'
import type { StoreCheck } from '../subject.ts'

/** The longest environment value that every provider takes. */
const LONGEST_CONFIG = 512
const CALLERS = 20

/** How a job gets to the same objects. */
export const jobChecks: readonly StoreCheck[] = [
  {
    name: 'the uri says where the store is, the same in every process, without credentials',
    run: async ({ open, secrets }) => {
      const [{ uri }, other] = [await open(), await open()]
      assert.ok(URL.canParse(uri), `the uri ${JSON.stringify(uri)} is no URI: scheme://bucket/prefix`)
      assert.ok(!uri.endsWith('/'), `the uri ${uri} ends with a /: keys are joined to it by one`)
      const { username, password, search, hash } = new URL(uri)
      assert.equal(
        [username, password, search, hash].join(''),
        '',
        `the uri ${uri} has a user, a query or a fragment: it is written into manifests and logs, and names only the place`,
      )
      for (const secret of secrets) assert.ok(!uri.includes(secret), 'the uri holds a credential')
      assert.equal(other.uri, uri, 'two instances of one store have two uris')
    },
  },
  {
    name: `jobConfig is plain JSON of at most ${LONGEST_CONFIG} bytes, the same in every process, without credentials`,
    run: async ({ open, secrets }) => {
      const [{ jobConfig }, other] = [await open(), await open()]
      const text = JSON.stringify(jobConfig)
      assert.deepEqual(
        JSON.parse(text),
        jobConfig,
        `jobConfig does not survive JSON (it becomes ${text}): no Date, Map, class, undefined or bytes in it`,
      )
      const size = Buffer.byteLength(text)
      assert.ok(
        size <= LONGEST_CONFIG,
        `jobConfig has ${size} bytes as JSON, and ${LONGEST_CONFIG} are the most: it travels in one environment variable`,
      )
      for (const secret of secrets) {
        assert.ok(
          !text.includes(secret),
          'jobConfig holds a credential: it is written into requests, and the job uses its own role',
        )
      }
      assert.deepEqual(other.jobConfig, jobConfig, 'two instances of one store have two jobConfigs')
    },
  },
  {
    name: 'a job that opens the store by its jobConfig has the same objects, and the same races',
    run: async ({ open, openInJob }) => {
      const store = await open()
      await store.put('runs/a/spec.json', bytesOf('by the launcher'))
      const inJob = await openInJob(JSON.parse(JSON.stringify(store.jobConfig)) as object)
      const mend = 'openArtifactStore() of the runtime module opens the store that jobConfig says.'
      assert.equal(inJob.uri, store.uri, `in a job the store is ${inJob.uri}, and here it is ${store.uri}. ${mend}`)
      await assertHolds(inJob, 'runs/a/spec.json', bytesOf('by the launcher'), mend)
      await inJob.put('runs/a/result.json', bytesOf('by the job'))
      await assertHolds(store, 'runs/a/result.json', bytesOf('by the job'), mend)
      assert.deepEqual(await keysBelow(inJob, ''), await keysBelow(store, ''), mend)
      const callers = Array.from({ length: CALLERS }, (_, n) => `caller-${n}`)
      const won = await Promise.all(
        callers.map(async (name, n) => (n % 2 === 0 ? store : inJob).putIfAbsent('runs/a/owner.json', bytesOf(name))),
      )
      const winners = callers.filter((_, n) => won[n])
      assert.equal(
        winners.length,
        1,
        `of ${CALLERS} callers of putIfAbsent(), half of them in a job, ${winners.length} got true, and exactly one must`,
      )
      await assertHolds(
        inJob,
        'runs/a/owner.json',
        bytesOf(winners[0]!),
        'It must be what the one who got true has written.',
      )
    },
  },
]
