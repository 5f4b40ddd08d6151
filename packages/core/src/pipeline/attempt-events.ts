import type { AttemptKey } from '../artifact/layout.ts'
import { messageOf } from '../errors.ts'
import { isDetached } from '../launch/launch-error.ts'
import type { AttemptEnding, AttemptObserver, AttemptReport } from '../launch/step-run-launch.ts'
import { isTerminal, type Phase } from '../operator/phases.ts'
import { followLogs } from '../watch/follow-logs.ts'
import type { OpenRun } from './open-run.ts'
import type { StepTimes } from './step-times.ts'

/** Turns what is reported of a step run's attempts into events of the run, and follows their logs for whoever reads. */
export class AttemptEvents implements AttemptObserver {
  readonly #run: OpenRun
  readonly #stepName: string
  readonly #times: StepTimes
  #phase: Phase | undefined
  #jobEnded: AbortController = new AbortController()
  #following: Promise<void> = Promise.resolve()
  #leaveUnread: () => void = () => undefined

  constructor(run: OpenRun, stepName: string, times: StepTimes) {
    this.#run = run
    this.#stepName = stepName
    this.#times = times
  }

  started(attempt: AttemptKey): void {
    this.#phase = undefined
    this.#jobEnded = new AbortController()
    this.#run.events.publish({ type: 'attempt.started', ...this.#base(attempt) })
    const { signal } = this.#jobEnded
    // Only what is read is followed: asking for chunks that nobody sees costs calls of the store.
    this.#leaveUnread = this.#run.events.onceRead(() => {
      this.#following = this.#follow(attempt, signal)
    })
  }

  report(attempt: AttemptKey, event: AttemptReport): void {
    const { events } = this.#run
    switch (event.type) {
      case 'observed': {
        const { phase, providerState, usage } = event.observation
        this.#times.observed(event.observation)
        if (phase === this.#phase) return
        this.#phase = phase
        events.publish({
          type: 'attempt.phase',
          ...this.#base(attempt),
          phase,
          ...(providerState === undefined ? {} : { providerState }),
        })
        if (usage !== undefined && isTerminal(phase)) {
          events.publish({ type: 'attempt.usage', ...this.#base(attempt), usage })
        }
        return
      }
      case 'handle': {
        const { handle, consoleUrl } = event
        events.publish({
          type: 'attempt.handle',
          ...this.#base(attempt),
          handle,
          ...(consoleUrl === undefined ? {} : { consoleUrl }),
        })
        return
      }
      case 'image':
        events.publish({ type: 'attempt.image', ...this.#base(attempt), image: event.image })
        return
      case 'image-line':
        events.publish({ type: 'log', ...this.#base(attempt), stream: 'image', text: event.line })
        return
      case 'log':
        events.publish({ type: 'log', ...this.#base(attempt), stream: 'provider', text: event.line })
        return
      case 'warning':
        events.publish({ type: 'warning', at: this.#at(), stepName: this.#stepName, message: event.message })
    }
  }

  async ended(attempt: AttemptKey, { error, willRetry, undecided }: AttemptEnding): Promise<void> {
    this.#times.attemptEnded()
    this.#leaveUnread()
    this.#jobEnded.abort()
    await this.#following
    this.#run.events.publish({
      type: 'attempt.ended',
      ...this.#base(attempt),
      willRetry,
      ...(error === undefined ? {} : { error }),
      ...(undecided === true || isDetached(error) ? { detached: true } : {}),
    })
  }

  async #follow(attempt: AttemptKey, ended: AbortSignal): Promise<void> {
    const { events, store, clock } = this.#run
    try {
      for await (const { stream, text } of followLogs(attempt, { store, clock, ended })) {
        await events.publishLog({ type: 'log', ...this.#base(attempt), stream, text }, ended)
      }
    } catch (error) {
      // The log is for the eyes; whether the step succeeded does not hang on it.
      this.report(attempt, { type: 'warning', message: `its log could not be followed: ${messageOf(error)}` })
    }
  }

  #base({ stepRunId, attempt }: AttemptKey): { at: string; stepRunId: string; stepName: string; attempt: number } {
    return { at: this.#at(), stepRunId, stepName: this.#stepName, attempt }
  }

  #at(): string {
    return this.#run.clock.date().toISOString()
  }
}
