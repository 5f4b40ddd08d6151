import { isAbsolute, relative } from 'node:path'
import { formatDuration, type JobProcess } from '@sidestep/core'
import { textWidth } from './text-width.ts'
import type { RunModel } from './run-model.ts'
import type { StepState } from './step-state.ts'
import { sanitizeLine } from './sanitize.ts'
import type { Style } from './style.ts'
import { tableRows, type Cell } from './table.ts'
import { wrap } from './text.ts'

/** More steps than this are counted by name, and only those listed that did not succeed. */
const MAX_ROWS = 40
const MIN_PHASE_COLUMNS = 20

export interface SummaryOptions {
  readonly style: Style
  /** Width of the terminal; absent in a pipe, where lines are as long as they are. */
  readonly columns?: number
  /** What a step is whose end nobody told. Default: `running`. */
  readonly untold?: string
  /** Folders below it are shown relative to it. */
  readonly cwd: string
  /** Of this process, for the steps that ran in it. Absent: they ran in another one. */
  readonly pid?: number
  /** The folder that a job's packages came from, where this machine can see it. */
  readonly environmentOf: (process: JobProcess) => string | undefined
}

/** The table that closes a run: every step, how it ended, where it ran, and how long each phase took. */
export function summaryLines(model: RunModel, options: SummaryOptions): string[] {
  return [...stepLines(model, { ...options, maxRows: MAX_ROWS }), closingLine(model, options.style)]
}

/** The table alone. Where there are more steps than `maxRows`, those that succeeded are counted by name. */
export function stepLines(model: RunModel, options: SummaryOptions & { readonly maxRows: number }): string[] {
  const { style } = options
  const many = model.steps.length > options.maxRows
  const listed = many
    ? model.steps.filter((step) => step.status !== 'succeeded').slice(0, options.maxRows)
    : model.steps
  const left = model.steps.length - listed.length
  const cells = [
    ['step', 'status', 'time', 'ran in'].map((title) => style('dim', title)),
    ...listed.map((step) => stepCells(step, options)),
  ]
  const room = roomBeside(cells, options.columns)
  const phases = [style('dim', 'phases'), ...listed.map((step) => phaseLines(step, room))]
  const [headerLines = [], ...rows] = tableRows(cells.map((row, index) => [...row, phases[index] ?? '']))
  return [
    ...(listed.length === 0 ? [] : headerLines),
    ...listed.flatMap((step, index) => [...(rows[index] ?? []), ...folderLines(step, options)]),
    ...(left > 0 ? [`${listed.length === 0 ? '' : 'and '}${countByName(model, new Set(listed))}`] : []),
  ]
}

function closingLine(model: RunModel, style: Style): string {
  const words = {
    succeeded: 'succeeded in',
    failed: 'failed after',
    cancelled: 'was cancelled after',
    running: 'has run for',
  }
  const colour = { succeeded: 'green', failed: 'red', cancelled: 'yellow', running: 'dim' } as const
  const outcome =
    model.durationMs === undefined ? 'has not ended' : `${words[model.status]} ${formatDuration(model.durationMs)}`
  return `run ${model.runId} of ${sanitizeLine(model.pipeline)} ${style(colour[model.status], outcome)}`
}

function stepCells(step: StepState, options: SummaryOptions): Cell[] {
  const { style } = options
  const colour = { succeeded: 'green', failed: 'red', stopped: 'yellow', running: 'dim' } as const
  const attempts = step.attempts.length > 1 ? [`${step.attempts.length} attempts`] : []
  return [
    step.label,
    [style(colour[step.status], statusWord(step, options)), ...attempts],
    step.durationMs === undefined ? '' : formatDuration(step.durationMs),
    ranIn(step, options),
  ]
}

function statusWord({ status, cached, kept }: StepState, { untold = 'running' }: SummaryOptions): string {
  if (status === 'running') return untold
  if (cached) return 'cached'
  return kept ? 'kept' : status
}

function ranIn(step: StepState, { pid }: SummaryOptions): string {
  if (step.cached) return 'nowhere: from the cache'
  if (step.kept && step.process === undefined) return 'nowhere: there from before'
  if (step.operator === undefined) return inProcess(step, pid)
  if (step.process === undefined) return sanitizeLine(step.operator)
  return sanitizeLine(`${step.operator}: pid ${step.process.pid} on ${step.process.host}`)
}

function inProcess({ kept, process }: StepState, pid: number | undefined): string {
  if (process === undefined) return pid === undefined ? "the launcher's process" : `this process, pid ${pid}`
  if (!kept && process.pid === pid) return `this process, pid ${pid}`
  return sanitizeLine(`the launcher, pid ${process.pid} on ${process.host}`)
}

/** Paths get lines of their own, so that they can be copied as a whole. */
function folderLines(step: StepState, { cwd, style, environmentOf }: SummaryOptions): string[] {
  if (step.operator === undefined || step.process === undefined) return []
  const environment = environmentOf(step.process)
  return [
    `  in ${shortPath(step.process.folder, cwd)}`,
    ...(environment === undefined ? [] : [`  packages of ${shortPath(environment, cwd)}`]),
  ].map((line) => style('dim', sanitizeLine(line)))
}

function shortPath(folder: string, cwd: string): string {
  const below = relative(cwd, folder)
  return below === '' || below.startsWith('..') || isAbsolute(below) ? folder : below
}

/** How many columns the other cells leave to the phases. */
function roomBeside(cells: readonly (readonly Cell[])[], columns: number | undefined): number {
  if (columns === undefined) return Number.POSITIVE_INFINITY
  const used = Math.max(...tableRows(cells).flatMap((lines) => lines.map((line) => textWidth(line))))
  return Math.max(MIN_PHASE_COLUMNS, columns - used - 2)
}

function phaseLines(step: StepState, room: number): string[] {
  if (step.status === 'running' && step.phase !== undefined) return [`last seen ${step.phase}`]
  // A phase and its duration stay together.
  const phases = step.phases.map(
    ({ phase, durationMs }) => `${phase}\u00A0${formatDuration(durationMs).replace(' ', '\u00A0')}`,
  )
  return wrap(phases.join(', '), room).map((line) => line.replaceAll('\u00A0', ' '))
}

function countByName(model: RunModel, listed: ReadonlySet<StepState>): string {
  const counts = new Map<string, number>()
  for (const step of model.steps) {
    if (!listed.has(step)) counts.set(step.name, (counts.get(step.name) ?? 0) + 1)
  }
  const parts = [...counts].map(([name, count]) => `${name} ×${count}`)
  return `${parts.join(', ')} not listed`
}
