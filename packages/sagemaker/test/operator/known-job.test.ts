import { expect, it } from 'vitest'

import {
  byTurn,
  lookedAt,
  missed,
  newlyKnown,
  takeIn,
  told,
  UNSEEN_MS,
  urgencyOf,
} from '../../src/operator/known-job.ts'
import { readSummary } from '../../src/operator/read-training-job.ts'
import type { TrainingJobSummary } from '../../src/operator/training-job.ts'
import { WaitingClock } from '../support/waiting-clock.ts'

function summary(SecondaryStatus: string, second: number): TrainingJobSummary {
  return { TrainingJobStatus: 'InProgress', SecondaryStatus, LastModifiedTime: new Date(second * 1_000) }
}

it('a list that runs behind takes back nothing that a newer one has said', () => {
  const known = newlyKnown(0)
  takeIn(known, summary('Training', 20))
  takeIn(known, summary('Downloading', 10))
  expect(told(known, new WaitingClock())?.phase).toBe('running')
  // It was looked at meanwhile.
  Object.assign(known, { job: summary('Uploading', 30), changed: false })
  takeIn(known, summary('Training', 20))
  expect(told(known, new WaitingClock())?.phase).toBe('finalizing')
})

// Its model has a list say no more than the status.
it('what a list does not say takes back nothing that a look has said', () => {
  const known = newlyKnown(0)
  lookedAt(known, { output: summary('Uploading', 10), at: new Date(10_000) }, 0)
  const [newer = {}] = readSummary({ TrainingJobStatus: 'InProgress', LastModifiedTime: new Date(20_000) })
  takeIn(known, newer)
  expect(known.changed).toBe(true)
  expect(told(known, new WaitingClock())).toMatchObject({
    phase: 'finalizing',
    providerState: 'InProgress/Uploading',
  })
})

it('where there is not time for all, those that were not looked at for longest come first', () => {
  const [early, late, failed] = [newlyKnown(0), newlyKnown(0), newlyKnown(0)]
  lookedAt(early, { output: summary('Training', 1), at: new Date(1_000) }, 1_000)
  lookedAt(late, { output: summary('Training', 1), at: new Date(1_000) }, 2_000)
  failed.failedAtMs = 1_500
  expect([late, failed, early, newlyKnown(0)].toSorted(byTurn)).toEqual([newlyKnown(0), early, failed, late])
  expect([early, late, failed].map((known) => urgencyOf(known, 500, 2_000))).toEqual([1, 0, 1])
})

it('a job is gone only where SageMaker has said so twice, and for a while', async () => {
  const clock = new WaitingClock()
  const known = newlyKnown(0)
  missed(known, clock.now())
  await clock.sleep(2 * UNSEEN_MS)
  // All that was asked since gave no answer.
  expect(told(known, clock)).toBeUndefined()
  missed(known, clock.now())
  expect(told(known, clock)).toMatchObject({ gone: true })
  lookedAt(known, { output: summary('Training', 1), at: clock.date() }, clock.now())
  missed(known, clock.now())
  missed(known, clock.now())
  expect(told(known, clock)).toBeUndefined()
})

it('how a job has ended is told by a look at it, and not by a list', () => {
  const known = newlyKnown(0)
  lookedAt(known, { output: summary('Uploading', 10), at: new Date(10_000) }, 0)
  takeIn(known, { TrainingJobStatus: 'Completed', SecondaryStatus: 'Completed', LastModifiedTime: new Date(20_000) })
  expect(told(known, new WaitingClock())).toBeUndefined()
  const output = { ...summary('Completed', 20), TrainingJobStatus: 'Completed' }
  lookedAt(known, { output, at: new Date(21_000) }, 0)
  expect(told(known, new WaitingClock())?.phase).toBe('succeeded')
})

it('that a job has ended is believed of a list that runs behind', () => {
  const known = newlyKnown(0)
  lookedAt(known, { output: summary('Training', 20), at: new Date(20_000) }, 0)
  takeIn(known, { TrainingJobStatus: 'Failed', SecondaryStatus: 'Failed', LastModifiedTime: new Date(10_000) })
  expect(urgencyOf(known, 1_000, 0)).toBeGreaterThan(0)
})

it('those that may have ended come first, then those that are missing, then those that have changed', () => {
  const [ended, missing, changed] = [newlyKnown(0), newlyKnown(0), newlyKnown(0)]
  for (const known of [ended, missing, changed]) {
    lookedAt(known, { output: summary('Training', 1), at: new Date(1_000) }, 0)
  }
  takeIn(ended, { TrainingJobStatus: 'Failed', SecondaryStatus: 'Failed', LastModifiedTime: new Date(2_000) })
  missed(missing, 0)
  takeIn(changed, summary('Uploading', 2))
  const [first = 0, second = 0, third = 0] = [ended, missing, changed].map((known) => urgencyOf(known, 1_000, 0))
  expect([first > second, second > third, third > 0]).toEqual([true, true, true])
})
