import type { ArtifactStore } from '../artifact/artifact-store.ts'
import type { AttemptKey } from '../artifact/layout.ts'
import type { Clock } from '../clock.ts'
import { atPoint } from '../events.ts'
import type { AttemptOutcome, AttemptState, LaunchRecord } from '../journal/attempt-record.ts'
import type { BaseStepOperator } from '../operator/base-step-operator.ts'
import type { JobHandle } from '../operator/job-service.ts'
import { isTerminal } from '../operator/phases.ts'
import { flavorOf } from '../stack/component.ts'
import { untilSilent } from '../watch/heartbeat-watch.ts'
import { closeOwner, readManifest, settle } from './decide.ts'
import { cancelJob } from './end-job.ts'
import { findOwner, jobsOf } from './find-job.ts'
import { recordOf, type HandleRecord } from './handle-record.ts'
import { checkIntent, type Intent } from './intent.ts'
import { launchError } from './launch-error.ts'
import { numbersItsCreates, type JobOperator } from './numbers-its-creates.ts'
import { outcomeOf, type FailedLaunch } from './outcome.ts'
import { sentAt } from './submit.ts'
import { watcherOf } from './watcher-of.ts'

/** An attempt that nobody calls any more. */
export interface AttemptToEnd {
  readonly key: AttemptKey
  readonly operator: BaseStepOperator<any, any>
  /** `attemptToken` of it. */
  readonly token: string
  /** Why, for people: the attempt is settled with it. */
  readonly reason: string
  /** One that is patient. */
  readonly store: ArtifactStore
  readonly record: LaunchRecord
  readonly clock: Clock
  /** From 0 up to 1. */
  readonly random: () => number
  /** Ends the waiting: the attempt stays open. */
  readonly signal: AbortSignal
  /** Told what takes longer than it should. */
  readonly warn?: (message: string) => void
}

/**
 * Ends an attempt without its step: its job is cancelled and watched to its end, and the attempt is settled as stopped
 * where nothing has decided it. A success that is there, or comes meanwhile, is success. An operator with nothing but
 * `launch()` cannot cancel a job of another process: one that has begun is waited for.
 *
 * Rejects with `RUN_TAKEN_OVER` where another launcher owns the run, with `LAUNCH_CONFLICT` where the attempt belongs to
 * another operator, and with the kind of the provider's refusal where the job cannot be cancelled.
 */
export async function endAttempt(attempt: AttemptToEnd): Promise<AttemptOutcome> {
  const { key, operator, store, record, clock, reason } = attempt
  const state = await record.read()
  const decided = await readManifest(key, store)
  const over = numbersItsCreates(operator)
    ? await endJobs(attempt, { operator, state, decided: decided !== undefined })
    : await outwait(attempt, { state, decided: decided !== undefined })
  const end: FailedLaunch = {
    ok: false,
    error: launchError('stopped', over === undefined ? reason : `${reason}; ${over}`),
  }
  const manifest = decided ?? (await readManifest(key, store)) ?? (await settle(key, end, { store, clock, record }))
  const outcome = outcomeOf(manifest)
  await record.ended(outcome, {})
  return outcome
}

interface OpenAttempt {
  readonly state: AttemptState
  readonly decided: boolean
}

/** Resolves when no job of the attempt runs any more, or can begin to run user code. */
async function endJobs(
  attempt: AttemptToEnd,
  open: OpenAttempt & { readonly operator: JobOperator },
): Promise<undefined> {
  const { operator, state } = open
  const { service } = operator
  if (state.intent !== undefined) {
    checkIntent(state.intent as Intent, { flavor: flavorOf(operator), scope: service.scope, state })
  }
  for (const handle of await jobsToEnd(attempt, open)) await endJob(handle, attempt, operator)
}

/** All jobs that may be there. Where it is not certain which, the attempt is given up first, or it is known who has it. */
async function jobsToEnd(
  attempt: AttemptToEnd,
  { operator, state, decided }: OpenAttempt & { readonly operator: JobOperator },
): Promise<readonly JobHandle[]> {
  const { key, token, record, store, clock, random, signal, reason } = attempt
  const { service } = operator
  const known = state.handle === undefined ? [] : [(state.handle as HandleRecord<JobHandle>).handle]
  const last = state.creates.at(-1)
  if (last === undefined || (state.creates.length === 1 && known.length === 1)) return known
  const found: JobHandle[] = []
  if (!decided) {
    // Before anything is cancelled: a job that is not listed yet may begin meanwhile.
    const why: FailedLaunch = { ok: false, error: launchError('stopped', reason) }
    const owner = await closeOwner(key, why, { store, clock, record })
    if (!('closed' in owner)) {
      const { nonce: ownerNonce } = owner
      const taken = await findOwner({ service, key, token, ownerNonce, record, store, clock, random, signal })
      if ('handle' in taken) found.push(taken.handle)
    }
  }
  const listed = await atPoint('4.find', key, () => jobsOf(service, token))
  found.push(...listed.map(({ handle }) => handle))
  const [handle] = found
  if (known.length === 0 && handle !== undefined) {
    const written = recordOf({ handle, createdAt: sentAt(last, service) })
    await atPoint('6.handle', key, () => record.handle(written))
  }
  return [...new Map([...known, ...found].map((job) => [job.id, job])).values()]
}

function ignore(): void {
  // Nobody wants to hear of it.
}

/** Looks at the job first: one that has ended is not cancelled. */
async function endJob(
  handle: JobHandle,
  { key, reason, store, record, clock, random, signal, warn = ignore }: AttemptToEnd,
  { service }: JobOperator,
): Promise<void> {
  const watcher = watcherOf(service, { clock, random })
  const over = new AbortController()
  let asked = false
  try {
    for await (const { phase, gone } of watcher.watch(handle, { signal, onTrouble: warn })) {
      if (isTerminal(phase) || gone === true) return
      if (asked) continue
      asked = true
      const why = { kind: 'stopped', reason } as const
      await cancelJob({
        handle,
        name: key,
        why,
        store,
        record,
        service,
        watcher,
        clock,
        random,
        warn,
        over: over.signal,
      })
    }
  } finally {
    over.abort()
  }
}

/** What can be done about a job that nobody can find again. Resolves to what is to be said of it. */
async function outwait(
  { key, reason, record, store, clock, signal, warn = ignore }: AttemptToEnd,
  { state, decided }: OpenAttempt,
): Promise<string | undefined> {
  if (decided || state.creates.length === 0) return undefined
  const owner = await closeOwner(key, { ok: false, error: launchError('stopped', reason) }, { store, clock, record })
  if ('closed' in owner) return undefined
  warn('its step operator cannot end a job of another process: it is waited for')
  await untilSilent(key, { store, clock, signal })
  signal.throwIfAborted()
  return 'its job could not be cancelled, and had fallen silent'
}
