import type { Clock } from '../clock.ts'
import { atPoint } from '../events.ts'
import type { JobHandle } from '../operator/job-service.ts'
import { isTerminal, type Observation } from '../operator/phases.ts'
import { formatDuration } from '../units.ts'
import { hasStarted, nextDeadline, startOfRun, type Deadline } from '../watch/budgets.ts'
import type { FollowedHeartbeat } from '../watch/heartbeats.ts'
import { Latest } from '../watch/latest.ts'
import { DEAD_AFTER_MS } from '../watch/pulse.ts'
import { Bell } from './bell.ts'
import { conclude } from './conclude.ts'
import { cancelJob, endingAfter, endingFor, endingWithoutHeartbeat, leave, type Ending } from './end-job.ts'
import { resultInSilence } from './result-in-silence.ts'
import { throwIfTakenOver } from './stop-request.ts'
import type { WatchedJob } from './watched-job.ts'

/** A provider that says nothing for so long does not keep a deadline from passing, in milliseconds. */
const LONGEST_ANSWER_MS = 60_000
/** Between two looks at a deadline that has passed: the provider's answer needs its time. In milliseconds. */
const LEAST_ALARM_MS = 100
/** A heartbeat that has not changed for so long is reported, in milliseconds. */
const SILENCE_TOLD_MS = 3 * 60_000

/**
 * Watches a job to its end: resolves where the provider says that it succeeded, or says nothing for long and the job has left its
 * result; rejects with why not. Ends it by
 * policy when the step is to stop, a budget is used up, or its heartbeat is lost. Rejects with `RUN_TAKEN_OVER`, and
 * leaves the job as it is, where another launcher owns it.
 */
export async function watchJob<Handle extends JobHandle>(job: WatchedJob<Handle>): Promise<void> {
  const { info, context, watcher, clock } = job
  const { signal } = context
  const bell = new Bell(clock)
  const ring = (): void => bell.ring()
  const latest = new Latest<Observation>()
  const unfollow = watcher.follow(job.handle, {
    onObservation: (observation) => latest.set(observation),
    onTrouble: (message) => context.report({ type: 'warning', message }),
  })
  const seen: Seen = { at: clock.now(), answers: 0 }
  let news: Observation | undefined
  let failed: { readonly error: unknown } | undefined
  let ending: Ending | undefined
  let cancelling: Cancelling | undefined
  let hasResult = false
  const over = new AbortController()
  const fail = (error: unknown): void => {
    failed = { error }
    bell.ring()
  }
  const look = (): void => {
    atPoint('7.observe', info, () => latest.next()).then((observation) => {
      news = observation
      bell.ring()
    }, fail)
  }
  const end = (why: Ending): void => {
    ending = why
    if (why.policy === 'detach') return
    cancelling = startCancelling(job, why)
    cancelling.asked.catch(fail)
  }
  signal.addEventListener('abort', ring)
  const { artifactStore: store } = context
  const askedEveryMs = job.service.pollIntervalMs.max
  const silence = { store, clock, answeredAt: () => seen.at, askedEveryMs, over: over.signal }
  resultInSilence(info, silence).then((found) => {
    hasResult = found
    if (found) bell.ring()
  }, fail)
  try {
    look()
    if (signal.aborted) bell.ring()
    while (true) {
      const deadline = ending === undefined ? deadlineOf(job, seen) : undefined
      await bell.wait(deadline === undefined ? undefined : Math.max(deadline.inMs, LEAST_ALARM_MS))
      throwIfTakenOver(signal)
      if (failed !== undefined) throw failed.error
      if (news !== undefined) {
        const observation: Observation = news
        news = undefined
        takeIn(observation, job, seen)
        if (isTerminal(observation.phase) || observation.gone === true) return await conclude(job, observation, ending)
        look()
      }
      if (hasResult) {
        const message =
          'the provider says nothing about the job, which has left its result: it is not waited for any more'
        context.report({ type: 'warning', message })
        return
      }
      const why = ending === undefined ? whyToEnd(job, seen) : undefined
      if (why !== undefined) end(why)
      if (ending !== undefined && ending.policy !== 'cancelAndWait') {
        return await leave(job.handle, ending, cancelling?.asked)
      }
    }
  } finally {
    signal.removeEventListener('abort', ring)
    over.abort()
    bell.off()
    seen.heartbeat?.stop()
    cancelling?.over.abort()
    unfollow()
  }
}

/** What is known of a job from looking at it. */
interface Seen {
  observation?: Observation
  /** When the last answer came, by this process's monotonic clock. */
  at: number
  answers: number
  /** By the provider's clock. */
  createdAt?: Date
  startedAt?: Date
  /** The last time that the provider was asked because a deadline seemed to have passed. */
  asked?: { readonly budget: Deadline['budget']; readonly answers: number; readonly at: number }
  /** While the provider says that the job runs. */
  heartbeat?: FollowedHeartbeat
  silenceTold?: boolean
}

/** Remembers what the provider has said, and reports it. */
function takeIn<Handle extends JobHandle>(observation: Observation, job: WatchedJob<Handle>, seen: Seen): void {
  seen.observation = observation
  seen.at = job.clock.now()
  seen.answers += 1
  seen.createdAt = createdBy(observation) ?? seen.createdAt ?? createdBefore(observation, job, seen.at)
  if (hasStarted(observation.phase)) seen.startedAt ??= startOfRun(observation)
  if ((deadlineOf(job, seen)?.inMs ?? 0) > 0) delete seen.asked
  job.context.report({ type: 'observed', observation })
}

function whyToEnd<Handle extends JobHandle>(job: WatchedJob<Handle>, seen: Seen): Ending | undefined {
  const { context, info } = job
  if (context.signal.aborted) return endingFor(context.signal.reason, info)
  const deadline = passedDeadline(job, seen)
  if (deadline !== undefined) return endingAfter(deadline, info)
  const silentMs = silenceOf(job, seen)
  return silentMs >= DEAD_AFTER_MS ? endingWithoutHeartbeat(silentMs, info) : undefined
}

/**
 * A machine that slept wakes to deadlines long past, and the last look may be old: a deadline is believed only after the
 * provider answered once more, or did not for a while.
 */
function passedDeadline<Handle extends JobHandle>(job: WatchedJob<Handle>, seen: Seen): Deadline | undefined {
  const { clock, watcher, handle } = job
  const deadline = deadlineOf(job, seen)
  if (deadline === undefined || deadline.inMs > 0) return undefined
  if (isConfirmed(deadline, seen, clock)) return deadline
  if (seen.asked?.budget !== deadline.budget) {
    seen.asked = { budget: deadline.budget, answers: seen.answers, at: clock.now() }
    watcher.hurry(handle)
  }
  return undefined
}

function isConfirmed({ budget }: Deadline, { asked, answers }: Seen, clock: Clock): boolean {
  if (asked?.budget !== budget) return false
  return answers > asked.answers || clock.now() - asked.at > LONGEST_ANSWER_MS
}

/** For how long the heartbeat of a job has stopped of which the provider says that it runs. Tells when that begins. */
function silenceOf<Handle extends JobHandle>({ info, context, heartbeats }: WatchedJob<Handle>, seen: Seen): number {
  if (seen.observation?.phase !== 'running') {
    seen.heartbeat?.stop()
    delete seen.heartbeat
    return 0
  }
  seen.heartbeat ??= heartbeats.follow(info, context.artifactStore)
  const { silentMs } = seen.heartbeat
  const tells = silentMs >= SILENCE_TOLD_MS
  if (tells && seen.silenceTold !== true) {
    const message = `the provider says that the job runs, and its heartbeat stopped ${formatDuration(silentMs)} ago`
    context.report({ type: 'warning', message })
  }
  seen.silenceTold = tells
  return silentMs
}

/** As the provider remembers it. */
function createdBy({ phases = [] }: Observation): Date | undefined {
  return phases[0] === undefined ? undefined : new Date(phases[0].at)
}

/** By the provider's clock, as far as this machine knows: where it created the job itself, its own time of day does not count. */
function createdBefore<Handle extends JobHandle>(
  { at }: Observation,
  { createdAt, createdAtMs }: WatchedJob<Handle>,
  nowMs: number,
): Date {
  if (createdAtMs !== undefined) return new Date(Date.parse(at) - (nowMs - createdAtMs))
  return new Date(Math.min(Date.parse(at), createdAt.getTime()))
}

function deadlineOf<Handle extends JobHandle>(
  { info, createdAt, clock }: WatchedJob<Handle>,
  { observation, at, createdAt: created = createdAt, startedAt }: Seen,
): Deadline | undefined {
  const answeredAt = observation === undefined ? created.getTime() : Date.parse(observation.at)
  const now = new Date(answeredAt + clock.now() - at)
  return nextDeadline(info.config.timeouts, { createdAt: created, startedAt, now })
}

interface Cancelling {
  /** Resolves when the provider took the request. */
  readonly asked: Promise<void>
  readonly over: AbortController
}

function startCancelling<Handle extends JobHandle>(job: WatchedJob<Handle>, why: Ending): Cancelling {
  const { info, context } = job
  const { attempt: record, artifactStore: store } = context
  const over = new AbortController()
  const warn = (message: string): void => context.report({ type: 'warning', message })
  return { asked: cancelJob({ ...job, name: info, why, record, store, over: over.signal, warn }), over }
}
