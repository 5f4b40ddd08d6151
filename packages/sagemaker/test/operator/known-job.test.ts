import { expect, it } from 'vitest'

import { newlyKnown, takeIn, told } from '../../src/operator/known-job.ts'
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
