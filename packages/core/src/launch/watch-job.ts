import type { Clock } from '../clock.ts'
import { SidestepError } from '../errors.ts'
import { atPoint } from '../events.ts'
import type { JobHandle } from '../operator/job-service.ts'
import type { LaunchContext } from '../operator/launch-context.ts'
import { isTerminal, type Observation } from '../operator/phases.ts'
import { hasStarted, nextDeadline, startOfRun, type Deadline } from '../watch/budgets.ts'
import { conclude } from './conclude.ts'
import { cancelJob, endingAfter, endingFor, leave, type Ending } from './end-job.ts'
import type { WatchedJob } from './watched-job.ts'

/** A provider that says nothing for so long does not keep a deadline from passing, in milliseconds. */
const LONGEST_ANSWER_MS = 60_000

/**
 * Watches a job to its end: resolves where the provider says that it succeeded, rejects with why not. Ends it by
 * policy when the step is to stop or a budget is used up.
 */
export async function watchJob<Handle extends JobHandle>(job: WatchedJob<Handle>): Promise<void> {
  const { handle, info, context, watcher, clock } = job
  const over = new AbortController()
  const watching = watcher.watch(handle, {
    signal: over.signal,
    onTrouble: (message) => context.report({ type: 'warning', message }),
  })
  const seen: Seen = { at: clock.now(), answers: 0 }
  let ending: Ending | undefined
  let cancelling: Promise<void> | undefined
  const look = (): Promise<IteratorResult<Observation, void>> => atPoint('7.observe', info, () => watching.next())
  let next = look()
  const end = (why: Ending): void => {
    ending = why
    if (why.policy !== 'detach') cancelling = cancelJob(job)
    // Whoever asks for the end also gets to hear that it failed; until then it must not count as unhandled.
    cancelling?.catch(() => undefined)
  }
  try {
    while (true) {
      const woken = await wakeUp(next, {
        ending,
        cancelling,
        context,
        clock,
        deadlineMs: deadlineOf(job, seen)?.inMs,
      })
      if (woken === 'stop') end(endingFor(context.signal.reason, info))
      if (woken === 'deadline') {
        const deadline = deadlineOf(job, seen)
        if (deadline !== undefined && deadline.inMs <= 0) {
          if (isConfirmed(deadline, seen, clock)) end(endingAfter(deadline, info))
          else if (seen.asked?.budget !== deadline.budget) {
            seen.asked = { budget: deadline.budget, answers: seen.answers, at: clock.now() }
            watcher.hurry(handle)
          }
        }
      }
      if (ending !== undefined && ending.policy !== 'cancelAndWait') return await leave(handle, ending, cancelling)
      if (typeof woken !== 'object') continue
      if (woken.done === true)
        throw new SidestepError('the watch ended without an end', { code: 'INTERNAL', kind: 'infra' })
      const observation = woken.value
      seen.observation = observation
      seen.at = clock.now()
      seen.answers += 1
      seen.createdAt ??= firstStart(observation)
      if (hasStarted(observation.phase)) seen.startedAt ??= startOfRun(observation)
      if ((deadlineOf(job, seen)?.inMs ?? 0) > 0) delete seen.asked
      context.report({ type: 'observed', observation })
      if (isTerminal(observation.phase) || observation.gone === true) return await conclude(job, observation, ending)
      next = look()
    }
  } finally {
    over.abort()
    // Ends the watch also where nobody waits for its next word.
    await watching.return().catch((error: unknown) => {
      if (error !== over.signal.reason) throw error
    })
  }
}

/** What is known of a job from looking at it. */
interface Seen {
  observation?: Observation
  /** When the last answer came, by this process's monotonic clock. */
  at: number
  answers: number
  /** By the provider's clock. */
  createdAt?: Date | undefined
  startedAt?: Date
  /** The last time that the provider was asked because a deadline seemed to have passed. */
  asked?: { readonly budget: Deadline['budget']; readonly answers: number; readonly at: number }
}

/**
 * A machine that slept wakes to deadlines long past, and the last look may be old: a deadline is believed only after the
 * provider answered once more, or did not for a while.
 */
function isConfirmed({ budget }: Deadline, { asked, answers }: Seen, clock: Clock): boolean {
  if (asked?.budget !== budget) return false
  return answers > asked.answers || clock.now() - asked.at > LONGEST_ANSWER_MS
}

function firstStart({ phases = [] }: Observation): Date | undefined {
  return phases[0] === undefined ? undefined : new Date(phases[0].at)
}

type Woken = IteratorResult<Observation, void> | 'stop' | 'deadline'

/** Waits for the first of: news of the job, the wish to stop, a deadline, a failed cancel. */
async function wakeUp(
  next: Promise<IteratorResult<Observation, void>>,
  state: {
    readonly ending: Ending | undefined
    readonly cancelling: Promise<void> | undefined
    readonly context: LaunchContext
    readonly clock: Clock
    readonly deadlineMs: number | undefined
  },
): Promise<Woken> {
  const { ending, cancelling, context, clock, deadlineMs } = state
  const { signal } = context
  const woken = new AbortController()
  const waits: Promise<Woken>[] = [next]
  // What loses the race is not lost: it is waited for again, or ends with the watch.
  next.catch(() => undefined)
  if (cancelling !== undefined) waits.push(cancelling.then(() => next))
  if (ending === undefined) {
    if (signal.aborted) return 'stop'
    waits.push(aborted(signal, woken.signal))
    if (deadlineMs !== undefined) {
      // Not at once again: the provider's answer to the question asked at the deadline needs its time.
      const sleepMs = Math.max(deadlineMs, 100)
      waits.push(clock.sleep(sleepMs, { signal: woken.signal }).then(() => 'deadline' as const))
    }
  }
  for (const wait of waits) wait.catch(() => undefined)
  try {
    return await Promise.race(waits)
  } finally {
    woken.abort()
  }
}

async function aborted(signal: AbortSignal, unless: AbortSignal): Promise<'stop'> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve('stop'), { once: true, signal: unless })
  })
}

function deadlineOf<Handle extends JobHandle>(
  { info, createdAt, clock }: WatchedJob<Handle>,
  { observation, at, createdAt: created = createdAt, startedAt }: Seen,
): Deadline | undefined {
  const answeredAt = observation === undefined ? created.getTime() : Date.parse(observation.at)
  const now = new Date(answeredAt + clock.now() - at)
  return nextDeadline(info.config.timeouts, { createdAt: created, startedAt, now })
}
