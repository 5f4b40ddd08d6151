import type { Scenario } from '../scenario.ts'
import {
  clockOff,
  expired,
  noQuota,
  resets,
  s3Misfortune,
  serverErrors,
  slow,
  staleList,
  throttled,
} from './provider/calls.ts'
import { lateCreate, lostCreate } from './provider/creates.ts'
import { interruption, machineLost, noCapacity, outOfMemory } from './provider/jobs.ts'
import { stopFaults, stuck } from './provider/stops.ts'

/**
 * Those of a provider that is simulated: all that the simulator can do to calls and jobs, but for `log-gap`. What a step prints goes to the
 * store, and its job prints none of it to the provider: no line could be lost there.
 */
export const PROVIDER_FAULTS: readonly Scenario[] = [
  throttled,
  serverErrors,
  resets,
  slow,
  staleList,
  expired,
  clockOff,
  lostCreate,
  lateCreate,
  stopFaults,
  noQuota,
  noCapacity,
  stuck,
  interruption,
  machineLost,
  outOfMemory,
  s3Misfortune('s3-throttled', 'S3 asks to slow down', ['throttle']),
  s3Misfortune('s3-errors', 'S3 answers with errors of its own', ['server-error']),
  s3Misfortune('s3-resets', 'connections to S3 break before a call has done anything, and after', [
    'reset-before',
    'reset-after',
  ]),
  s3Misfortune('s3-slow', 'S3 answers late', ['slow']),
  s3Misfortune('s3-expired', 'credentials for S3 are over, and new ones do', ['expired-token']),
  s3Misfortune('s3-clock', 'the clock that answers of S3 tell is off by hours, forwards or back', ['clock-off']),
]
