import { configError, messageOf } from '../errors.ts'
import type { RunEvent } from '../pipeline/run-events.ts'
import { decodeEvent } from '../pipeline/recorded-events.ts'
import { attemptLog, providerLog, runLogLine, type LoggedAttempt, type RunLogLine } from './attempt-log.ts'
import { Channel } from './channel.ts'
import { handleOf } from './stored-handle.ts'
import { refreshRun } from './refresh-run.ts'
import type { RunsPlace } from './runs-place.ts'
import { isOver, tailRun, type TailListener } from './tail-run.ts'

/** Whether to wait for what comes. */
export interface FollowOptions {
  /** Goes on until the run has ended, or its launcher is gone. */
  readonly follow?: boolean
  /** Ends the waiting. */
  readonly signal?: AbortSignal
}

/** Following logs, which may lie where nobody can read them. */
export interface FollowLogOptions extends FollowOptions {
  /** Told why lines may not come, a line at a time. */
  readonly onProblem?: (text: string) => void
}

/** Which lines are wanted. */
export interface LogOptions extends FollowLogOptions {
  /** A step's name, its name with the number of its call (`fit#2`), or the id of a step run. Absent: all. */
  readonly step?: string
  /** From 1. Absent: all. */
  readonly attempt?: number
  /** Of which machine, in a job of several: from 0, the first one. Default: 0. */
  readonly rank?: number
}

/** What happened in a run, oldest first; while it is followed, with the log lines of jobs that still ran. */
export async function* runEvents(runId: string, place: RunsPlace, options: FollowOptions): AsyncGenerator<RunEvent> {
  if (options.follow !== true) {
    for (const { event } of await place.journal.events(runId)) yield decodeEvent(event)
    return
  }
  yield* tailed<RunEvent>(runId, place, options, (channel) => ({
    onEvent: async (event) => channel.push(event),
    onLine: async ({ stepRunId, stepName, attempt }, { at, stream, text }) =>
      channel.push({ type: 'log', at, stepRunId, stepName, attempt, stream, text }),
    onLogError: async ({ stepName }, error) => {
      const message = `its log could not be followed: ${messageOf(error)}`
      await channel.push({ type: 'warning', at: place.clock.date().toISOString(), stepName, message })
    },
  }))
}

/** The log lines of a run's jobs: whole logs one after the other, then as they are written. */
export async function* runLogs(runId: string, place: RunsPlace, options: LogOptions): AsyncGenerator<RunLogLine> {
  const chosen = new Choice(options)
  const { signal, rank = 0 } = options
  if (options.follow === true) {
    await tellWhereNotBegun(runId, place, options)
    yield* tailed<RunLogLine>(runId, place, options, (channel) => ({
      rank,
      onEvent: async (event) => {
        if (event.type === 'step.started') chosen.started(event)
      },
      onLine: async (attempt, line) => {
        if (chosen.has(attempt)) await channel.push(runLogLine(attempt, line))
      },
      onEndedAttempt: async (attempt) => {
        if (!chosen.has(attempt)) return
        for await (const line of wholeLog(attempt, place, { signal })) await channel.push(line)
      },
    }))
    // All that the run has called was told.
    chosen.check(runId)
    return
  }
  const seen = new Set<string>()
  for (const { event: json } of await place.journal.events(runId)) {
    const event = decodeEvent(json)
    if (event.type === 'step.started') chosen.started(event)
    if (event.type !== 'attempt.started') continue
    const { stepRunId, stepName, attempt } = event
    // It begins again where another launcher goes on with it.
    if (seen.has(`${stepRunId}/${attempt}`)) continue
    seen.add(`${stepRunId}/${attempt}`)
    if (chosen.has(event)) yield* wholeLog({ runId, stepRunId, stepName, attempt, rank }, place, { signal })
  }
  chosen.check(runId)
}

/** A step that a run at work has not called yet may come, or is misspelled. */
async function tellWhereNotBegun(runId: string, place: RunsPlace, options: LogOptions): Promise<void> {
  const { step, onProblem } = options
  if (step === undefined || onProblem === undefined) return
  const begun = new Choice(options)
  for (const { event: json } of await place.journal.events(runId)) {
    const event = decodeEvent(json)
    if (event.type === 'step.started') begun.started(event)
  }
  if (begun.isCalled || isOver(await refreshRun(runId, place))) return
  const called = begun.labels.length === 0 ? '' : `; begun have: ${begun.labels.join(', ')}`
  onProblem(`no step ${step} has begun yet${called}`)
}

/**
 * An attempt's log as it is now, or what the provider kept where its job came to write none. The provider does not say which
 * machine a line is of: they all count as the first one's.
 */
export async function* wholeLog(
  attempt: LoggedAttempt,
  place: RunsPlace,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<RunLogLine> {
  const { journal, stacks, clock } = place
  const run = await journal.run(attempt.runId)
  if (run === undefined) return
  const call = signal === undefined ? {} : { signal }
  let lines = 0
  for await (const line of attemptLog(attempt, await stacks.store(run), call)) {
    lines += 1
    yield line
  }
  if (lines > 0 || (attempt.rank ?? 0) > 0) return
  const all = await journal.attempts({ runId: attempt.runId })
  const known = all.find(({ key }) => key.stepRunId === attempt.stepRunId && key.attempt === attempt.attempt)
  const handle = known === undefined ? undefined : handleOf(known)
  if (known?.operator === undefined || handle === undefined) return
  yield* providerLog(attempt, { operator: await stacks.operator(run, known.operator), handle }, { clock, ...call })
}

async function* tailed<T>(
  runId: string,
  place: RunsPlace,
  { signal }: FollowOptions,
  listenerOf: (channel: Channel<T>) => TailListener,
): AsyncGenerator<T> {
  const channel = new Channel<T>()
  const left = new AbortController()
  const signals = signal === undefined ? left.signal : AbortSignal.any([left.signal, signal])
  const tailing = tailRun(runId, place, { listener: listenerOf(channel), signal: signals }).then(
    () => channel.close(),
    (error: unknown) => channel.close(error),
  )
  try {
    yield* channel.read()
  } finally {
    left.abort()
    await tailing
  }
}

/** Which attempts are asked for, by the names that views give to steps. */
class Choice {
  readonly #options: LogOptions
  readonly #calls: Map<string, Set<string>> = new Map()

  constructor(options: LogOptions) {
    this.#options = options
  }

  started({ stepName, stepRunId }: { readonly stepName: string; readonly stepRunId: string }): void {
    const calls = this.#calls.get(stepName) ?? new Set()
    this.#calls.set(stepName, calls.add(stepRunId))
  }

  has({ stepName, stepRunId, attempt }: Omit<LoggedAttempt, 'runId'>): boolean {
    const { step, attempt: wanted } = this.#options
    if (wanted !== undefined && wanted !== attempt) return false
    if (step === undefined || step === stepName || step === stepRunId) return true
    return step === this.#label(stepName, stepRunId)
  }

  /** Whether a step was called that is asked for. */
  get isCalled(): boolean {
    const { step } = this.#options
    if (step === undefined) return true
    return this.#steps.some(({ name, id, label }) => step === name || step === id || step === label)
  }

  /** Of the steps that were called, in their order. */
  get labels(): readonly string[] {
    return this.#steps.map(({ label }) => label)
  }

  /** Throws `STEP_UNKNOWN` where the run has no step that is called so. */
  check(runId: string): void {
    if (this.isCalled) return
    throw configError(
      'STEP_UNKNOWN',
      `the run ${runId} has called no step ${this.#options.step}`,
      this.labels.length === 0 ? undefined : `It has called: ${this.labels.join(', ')}.`,
    )
  }

  get #steps(): readonly { readonly name: string; readonly id: string; readonly label: string }[] {
    return [...this.#calls].flatMap(([name, ids]) => [...ids].map((id) => ({ name, id, label: this.#label(name, id) })))
  }

  /** As views call it: `fit`, and `fit#2` for the second call. */
  #label(stepName: string, stepRunId: string): string {
    const number = [...(this.#calls.get(stepName) ?? [])].indexOf(stepRunId) + 1
    return number < 2 ? stepName : `${stepName}#${number}`
  }
}
