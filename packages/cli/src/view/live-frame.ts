import { formatDuration } from '@sidestep/core'
import { textWidth } from './text-width.ts'
import type { RunModel } from './run-model.ts'
import type { StepState } from './step-state.ts'
import type { Style } from './style.ts'
import { pad, truncate } from './text.ts'

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const TAIL_LINES = 4

/** What a frame depends on beside the run. */
export interface FrameOptions {
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly columns: number
  readonly rows: number
  readonly style: Style
  /** A line of the CLI's own at the bottom, such as what Ctrl-C does next. */
  readonly notice?: string
}

/**
 * The picture of a running run: at most `rows` lines of at most `columns` columns. Where there is no room for
 * everything, log tails go first, then finished steps become a count, then running ones. Empty for a run that has not begun.
 */
export function liveFrame(model: RunModel, options: FrameOptions): string[] {
  const { now, columns, rows, style, notice } = options
  const finished = model.steps.filter((step) => step.status !== 'running')
  const running = model.steps.filter((step) => step.status === 'running')

  // Before its first event nothing is known of a run, its start neither.
  const head = `${model.pipeline}  run ${model.runId}  stack ${model.stack}  ${elapsed(model.startedAt, now)}`
  const header = model.runId === '' ? [] : [style('bold', truncate(head, columns))]
  const footer = notice === undefined ? [] : [style('yellow', truncate(notice, columns))]
  const room = Math.max(1, rows - 1 - footer.length)

  const runningLines = fitCount(running, room - (finished.length > 0 ? 1 : 0), 'more running')
  const finishedLines = fitCount(finished, room - runningLines.size, 'finished', true)
  const spare = room - runningLines.size - finishedLines.size
  const tailLines = running.length === 0 ? 0 : Math.min(TAIL_LINES, Math.floor(spare / runningLines.shown.length))
  const labelColumns = Math.min(
    30,
    Math.max(0, ...[...finishedLines.shown, ...runningLines.shown].map((step) => textWidth(step.label))),
  )

  const counted = (text: string | undefined): string[] =>
    text === undefined ? [] : [style('dim', truncate(`  … ${text}`, columns))]
  return [
    ...header,
    ...counted(finishedLines.rest),
    ...finishedLines.shown.map((step) => finishedLine(step, labelColumns, columns, style)),
    ...runningLines.shown.flatMap((step) => [
      runningLine(step, labelColumns, options),
      ...step.tail
        .slice(step.tail.length - Math.min(tailLines, step.tail.length))
        .map((line) => style('dim', truncate(`  │ ${line}`, columns))),
    ]),
    ...counted(runningLines.rest),
    ...footer,
  ].slice(0, Math.max(1, rows))
}

interface Fitted {
  readonly shown: readonly StepState[]
  readonly rest: string | undefined
  /** Lines that it takes. */
  readonly size: number
}

/** As many steps as there are lines; what is missing gets one line with its number. */
function fitCount(steps: readonly StepState[], lines: number, what: string, newest = false): Fitted {
  if (steps.length <= lines) return { shown: steps, rest: undefined, size: steps.length }
  const fits = Math.max(0, lines - 1)
  return {
    shown: newest ? steps.slice(steps.length - fits) : steps.slice(0, fits),
    rest: `${steps.length - fits} ${what}`,
    size: fits + 1,
  }
}

function finishedLine(step: StepState, labelColumns: number, columns: number, style: Style): string {
  const mark = { succeeded: '✔', failed: '✖', stopped: '■', running: ' ' }[step.status]
  const colour = { succeeded: 'green', failed: 'red', stopped: 'yellow', running: 'dim' } as const
  const how = step.cached ? 'from the cache' : step.kept ? 'kept' : step.status === 'succeeded' ? '' : step.status
  const text = `${pad(truncate(step.label, labelColumns), labelColumns)}  ${pad(where(step), 10)}  ${pad(how, 12)}  ${
    step.durationMs === undefined ? '' : formatDuration(step.durationMs)
  }`
  return `${style(colour[step.status], mark)} ${truncate(text.trimEnd(), columns - 2)}`
}

function runningLine(step: StepState, labelColumns: number, { now, columns, style }: FrameOptions): string {
  const spinner = SPINNER[Math.floor(now / 100) % SPINNER.length] ?? ''
  const phase = step.phase ?? (step.operator === undefined ? 'running' : 'preparing')
  const attempt = step.attempts.length > 1 ? `  attempt ${step.attempts.at(-1)?.number}` : ''
  const state = step.providerState === undefined ? '' : `  (${step.providerState})`
  const text = `${pad(truncate(step.label, labelColumns), labelColumns)}  ${pad(where(step), 10)}  ${pad(phase, 12)}  ${elapsed(
    step.phaseSince,
    now,
  )}${attempt}${state}`
  return `${style('cyan', spinner)} ${truncate(text, columns - 2)}`
}

function where(step: StepState): string {
  return step.operator ?? 'in process'
}

function elapsed(since: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - since) / 1000))
  // Tenths of a second would flicker, and say nothing.
  return seconds < 60 ? `${seconds}s` : formatDuration(seconds * 1000)
}
