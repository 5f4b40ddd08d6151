import type { ArtifactStore } from '../artifact/artifact-store.ts'
import type { AttemptKey } from '../artifact/layout.ts'
import type { LogLine } from '../artifact/manifest.ts'
import { decodeEvent, type RecordedEvent } from '../pipeline/recorded-events.ts'
import { followLogs } from '../watch/follow-logs.ts'
import type { LoggedAttempt } from './attempt-log.ts'
import { knownRun, refreshRun, type FreshRun } from './refresh-run.ts'
import { hasEnded } from './run-summary.ts'
import type { RunsPlace } from './runs-place.ts'

/** How often the journal is asked for new events, in milliseconds. */
const POLL_MS = 250
/** How often the store is asked about the launcher, and about what launchers of other machines did, in milliseconds. */
const REFRESH_MS = 2_000

/** Told what happens in a run. What a listener awaits holds up all that follows. */
export interface TailListener {
  /** The machine whose log is followed, in a job of several. Absent: the first one's. */
  readonly rank?: number
  onEvent(event: RecordedEvent): Promise<void>
  /** A line of a job that still ran when its attempt was first heard of. */
  onLine(attempt: LoggedAttempt, line: LogLine): Promise<void>
  /** An attempt was over when it was first heard of: its log is not followed. */
  onEndedAttempt?(attempt: LoggedAttempt): Promise<void>
  /** A log could not be followed any further. Absent: that ends everything. */
  onLogError?(attempt: LoggedAttempt, error: unknown): Promise<void>
}

/**
 * Tells of a run from its beginning until it has ended, or its launcher is gone. A launcher that is silent is waited
 * for: it may be stopped.
 */
export async function tailRun(
  runId: string,
  place: RunsPlace,
  { listener, signal }: { readonly listener: TailListener; readonly signal: AbortSignal },
): Promise<void> {
  const { clock } = place
  const run = await knownRun(runId, place)
  await using logs = new LogTails(runId, await place.stacks.store(run), place, listener)
  let after = 0
  let refreshedAt = clock.now()
  let fresh = await refreshRun(runId, place)
  while (true) {
    const events: RecordedEvent[] = []
    const over = isOver(fresh)
    for (const { seq, event } of await place.journal.events(runId, { after })) {
      events.push(decodeEvent(event))
      after = seq
    }
    await tell(events, { listener, logs })
    // Awaited here: what is disposed of breaks off.
    if (over) return await logs.finish()
    await clock.sleep(POLL_MS, { signal })
    const now = await knownRun(runId, place)
    if (hasEnded(now)) fresh = { run: now }
    else if (clock.now() - refreshedAt >= REFRESH_MS) {
      fresh = await refreshRun(runId, place)
      refreshedAt = clock.now()
    }
  }
}

/** Whether nobody will tell anything more of a run, as far as is known. */
export function isOver({ run, owner }: FreshRun): boolean {
  return hasEnded(run) || owner === undefined || owner.state === 'gone'
}

async function tell(
  events: readonly RecordedEvent[],
  { listener, logs }: { readonly listener: TailListener; readonly logs: LogTails },
): Promise<void> {
  const endedHere = new Set(events.flatMap((event) => (event.type === 'attempt.ended' ? [nameOf(event)] : [])))
  for (const event of events) {
    if (event.type === 'attempt.ended') await logs.end(event)
    await listener.onEvent(event)
    if (event.type !== 'attempt.started') continue
    const { stepName, stepRunId, attempt } = event
    if (endedHere.has(nameOf(event))) await logs.skip({ stepName, stepRunId, attempt })
    else logs.begin({ stepName, stepRunId, attempt })
  }
}

type AttemptName = Omit<LoggedAttempt, 'runId' | 'rank'>

function nameOf({ stepRunId, attempt }: Omit<AttemptKey, 'runId'>): string {
  return `${stepRunId}/${attempt}`
}

interface LogTail {
  readonly ended: AbortController
  readonly following: Promise<void>
}

/** The logs of the attempts that run. */
class LogTails implements AsyncDisposable {
  readonly #store: ArtifactStore
  readonly #place: RunsPlace
  readonly #runId: string
  readonly #listener: TailListener
  readonly #tails: Map<string, LogTail> = new Map()
  readonly #given: AbortController = new AbortController()

  constructor(runId: string, store: ArtifactStore, place: RunsPlace, listener: TailListener) {
    this.#runId = runId
    this.#store = store
    this.#place = place
    this.#listener = listener
  }

  /** Each log is followed once: an attempt begins again where another launcher goes on with it. */
  begin(attempt: AttemptName): void {
    const name = nameOf(attempt)
    if (this.#tails.has(name)) return
    const ended = new AbortController()
    const following = this.#follow(this.#logOf(attempt), ended.signal)
    // Looked at when the attempt ends, or all is over.
    following.catch(() => undefined)
    this.#tails.set(name, { ended, following })
  }

  async skip(attempt: AttemptName): Promise<void> {
    const name = nameOf(attempt)
    if (this.#tails.has(name)) return
    this.#tails.set(name, { ended: new AbortController(), following: Promise.resolve() })
    await this.#listener.onEndedAttempt?.(this.#logOf(attempt))
  }

  /** What the log still has is told first. */
  async end(attempt: Omit<AttemptKey, 'runId'>): Promise<void> {
    const tail = this.#tails.get(nameOf(attempt))
    tail?.ended.abort()
    await tail?.following
  }

  /** Ends all: what is there is told. */
  async finish(): Promise<void> {
    for (const { ended } of this.#tails.values()) ended.abort()
    for (const { following } of this.#tails.values()) await following
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#given.abort()
    await Promise.allSettled([...this.#tails.values()].map(({ following }) => following))
  }

  #logOf(attempt: AttemptName): LoggedAttempt {
    return { ...attempt, runId: this.#runId, rank: this.#listener.rank ?? 0 }
  }

  async #follow(attempt: LoggedAttempt, ended: AbortSignal): Promise<void> {
    const { clock } = this.#place
    const options = { store: this.#store, clock, ended, signal: this.#given.signal }
    try {
      for await (const line of followLogs(attempt, options)) await this.#listener.onLine(attempt, line)
    } catch (error) {
      if (this.#listener.onLogError === undefined || this.#given.signal.aborted) throw error
      await this.#listener.onLogError(attempt, error)
    }
  }
}
