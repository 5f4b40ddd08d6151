import type { Fault } from '@sidestep/simulators'

import type { Random } from '../../random.ts'
import type { Scenario } from '../../scenario.ts'
import { misfortune, ofCalls, ofJob } from './misfortune.ts'
import { STREAMS } from './operations.ts'

/** Why a job failed that has left no line of its own is read from the provider's log; that it cannot be hides nothing. */
function ofLogs(random: Random): readonly Fault[] {
  return ofCalls(
    random.pick(['throttle', 'server-error', 'reset-before', 'expired-token', 'slow'] as const),
    1,
    STREAMS,
  )
}

export const noCapacity: Scenario = misfortune({
  name: 'capacity',
  summary:
    'a job is accepted, no machine is found for it, and the next type is taken; the log of the provider is hard to read',
  stack: 'sagemaker',
  mayFail: ['capacity'],
  faults: (random) => [ofJob('no-capacity'), ...ofLogs(random)],
})

export const interruption: Scenario = misfortune({
  name: 'interruption',
  summary: 'a spot machine is taken away while user code runs, and the job starts anew',
  stack: 'spot',
  faults: (random) => [ofJob('interruption', { times: random.int(1, 2), delayMs: random.int(0, 1_500) })],
})

export const machineLost: Scenario = misfortune({
  name: 'machine-lost',
  summary: 'a machine fails while user code runs, and the job with it',
  stack: 'sagemaker',
  mayFail: ['infra'],
  faults: (random) => [ofJob('interruption', { delayMs: random.int(0, 1_500) })],
})

export const outOfMemory: Scenario = misfortune({
  name: 'out-of-memory',
  summary: 'a job is killed for its memory',
  mayFail: ['oom'],
  faults: (random) => [ofJob('oom', { delayMs: random.int(0, 1_500) })],
})
