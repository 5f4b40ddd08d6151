import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { S3ArtifactStore } from '../../src/store/s3-artifact-store.ts'
import { LeapingClock } from '../support/leaping-clock.ts'
import { makeBucket, REGION } from '../support/s3-bucket.ts'
import { startedAws } from '../support/started-aws.ts'

const TEN_MINUTES_MS = 600_000
const TEN_HOURS_MS = 36_000_000

const steady = startedAws(async (simulator) => makeBucket(simulator, 'shore'))

// The SDK takes any error for one of the clock then, and calls again: who asked for what is not there waited, and who found
// something there already did not learn whose it was.
describe.each([
  ['ahead of', TEN_MINUTES_MS],
  ['behind', -TEN_MINUTES_MS],
])('where the clock of S3 is ten minutes %s this one', (_, offMs) => {
  const clock = new LeapingClock()
  const aws = startedAws(async (simulator) => makeBucket(simulator, 'lake'), { clock })
  let store: S3ArtifactStore

  beforeEach(() => {
    clock.leap(offMs)
    store = new S3ArtifactStore({ uri: 's3://lake/runs', region: REGION, endpoint: aws.endpoint })
  })
  afterEach(() => {
    clock.leap(-offMs)
    aws.simulator.clearCalls()
  })

  it('what is there already was written by somebody else', async () => {
    await expect(store.putIfAbsent('claim', Buffer.from('mine'))).resolves.toBe(true)
    aws.simulator.clearCalls()
    await expect(store.putIfAbsent('claim', Buffer.from('yours'))).resolves.toBe(false)
    expect(aws.simulator.calls.map(({ status }) => status)).toEqual([412])
  })

  it('what is not there is asked for once', async () => {
    await store.put('known', Buffer.from('x'))
    aws.simulator.clearCalls()
    await expect(store.get('unknown')).resolves.toBeUndefined()
    expect(aws.simulator.calls.map(({ status }) => status)).toEqual([404])
  })

  it('what fails there is tried again', async () => {
    await store.put('known', Buffer.from('x'))
    aws.simulator.addFaults({ operation: 's3.GetObject', kind: 'server-error' })
    expect(Buffer.from((await store.get('known')) ?? []).toString()).toBe('x')
  })
})

// The SDK tries again where it learns that a clock is off, and not where it learns that one is right again.
it.each([
  ['ahead', TEN_HOURS_MS],
  ['behind', -TEN_HOURS_MS],
])('a clock that was %s and is set meanwhile does not stop what is going on', async (_, offMs) => {
  const store = new S3ArtifactStore({ uri: 's3://shore/runs', region: REGION, endpoint: steady.endpoint })
  // What an answer says of the time is all that the SDK knows.
  steady.simulator.addFaults({ operation: 's3.PutObject', kind: 'clock-off', delayMs: offMs })
  await store.put('known', Buffer.from('x'))
  const read = await Promise.all(Array.from({ length: 5 }, () => store.get('known')))
  expect(read.map((bytes) => Buffer.from(bytes ?? []).toString())).toEqual(['x', 'x', 'x', 'x', 'x'])
  await expect(store.putIfAbsent('known', Buffer.from('y'))).resolves.toBe(false)
})
