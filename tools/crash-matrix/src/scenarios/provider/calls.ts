import type { CallFaultKind } from '@sidestep/simulators'

import type { Random } from '../../random.ts'
import type { Scenario } from '../../scenario.ts'
import { misfortune, ofCalls } from './misfortune.ts'
import { CREATE, DESCRIBE, LIST } from './operations.ts'

function hoursOff(random: Random): number {
  return random.pick([-30, -2, 2, 30]) * 3_600_000
}

function delayOf(kind: CallFaultKind, random: Random): { readonly delayMs?: number } {
  if (kind === 'slow') return { delayMs: random.int(100, 1_500) }
  return kind === 'clock-off' ? { delayMs: hoursOff(random) } : {}
}

/** Two jobs are created before their gates open. */
function mostOf(operation: string, most: number): number {
  return operation === CREATE ? 2 : most
}

export const throttled: Scenario = misfortune({
  name: 'throttled',
  summary: 'the provider has had too many calls: creates, looks and lists are refused',
  faults: (random) => [
    ...ofCalls('throttle', random.int(1, 2), CREATE, LIST),
    ...ofCalls('throttle', random.int(1, 4), DESCRIBE),
  ],
})

export const serverErrors: Scenario = misfortune({
  name: 'server-errors',
  summary: 'the provider answers creates, looks and lists with errors of its own',
  faults: (random) => [
    ...ofCalls('server-error', 1, CREATE),
    ...ofCalls('server-error', random.int(1, 4), DESCRIBE, LIST),
  ],
})

export const resets: Scenario = misfortune({
  name: 'resets',
  summary: 'connections break before creates, looks and lists have done anything, and after',
  faults: (random) => [
    ...ofCalls('reset-before', 1, CREATE),
    ...ofCalls('reset-before', random.int(1, 3), DESCRIBE, LIST),
    ...ofCalls('reset-after', random.int(1, 3), DESCRIBE, LIST),
  ],
})

export const slow: Scenario = misfortune({
  name: 'slow',
  summary: 'the provider answers late',
  faults: (random) =>
    [CREATE, DESCRIBE, LIST].map((operation) => ({
      kind: 'slow',
      operation,
      times: random.int(1, mostOf(operation, 3)),
      delayMs: random.int(200, 3_000),
    })),
})

export const staleList: Scenario = misfortune({
  name: 'stale-list',
  summary: 'lists of jobs show what was a while ago',
  faults: (random) => [
    { kind: 'stale-list', operation: LIST, times: random.int(2, 6), delayMs: random.int(500, 10_000) },
  ],
})

export const expired: Scenario = misfortune({
  name: 'expired',
  summary: 'credentials are over while jobs are made and watched, and new ones do',
  faults: () => ofCalls('expired-token', 1, CREATE, DESCRIBE, LIST),
})

export const clockOff: Scenario = misfortune({
  name: 'provider-clock',
  summary: "the provider's clock is off by hours, forwards or back",
  faults: (random) => {
    const delayMs = hoursOff(random)
    return [CREATE, DESCRIBE, LIST].map((operation) => ({
      kind: 'clock-off',
      operation,
      times: random.int(1, mostOf(operation, 5)),
      delayMs,
    }))
  },
})

export const noQuota: Scenario = misfortune({
  name: 'quota',
  summary: 'there is no quota for one type of machines, and the next one is taken',
  stack: 'sagemaker',
  mayFail: ['quota'],
  faults: () => ofCalls('capacity', 1, CREATE),
})

/** What happens to calls of S3 by launchers and jobs alike: to those that every launch makes. */
export function s3Misfortune(name: string, summary: string, kinds: readonly CallFaultKind[]): Scenario {
  return misfortune({
    name,
    summary,
    faults: (random) =>
      kinds.flatMap((kind) =>
        ['s3.PutObject', 's3.GetObject'].map((operation) => ({
          kind,
          operation,
          times: kind === 'expired-token' ? 1 : random.int(1, 3),
          after: random.int(0, 4),
          ...delayOf(kind, random),
        })),
      ),
  })
}
