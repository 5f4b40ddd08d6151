import { isAbsolute, relative } from 'node:path'
import { formatDuration } from '@sidestep/core'
import type { RunModel, StepState } from './run-model.ts'
import { sanitizeLine } from './sanitize.ts'
import type { Style } from './style.ts'
import { table, type Cell } from './table.ts'
import { wrap } from './text.ts'

/** More steps than this are counted by name, and only those listed that did not succeed. */
const MAX_ROWS = 40

export interface SummaryOptions {
  readonly style: Style
  /** Width of the terminal; absent in a pipe, where lines are as long as they are. */
  readonly columns?: number
  /** Folders below it are shown relative to it. */
  readonly cwd: string
  /** Of this process, for the steps that ran in it. */
  readonly pid: number
}

/** The table that closes a run: every step, how it ended, where it ran, and how long each phase took. */
export function summaryLines(model: RunModel, options: SummaryOptions): string[] {
  const { style } = options
  const many = model.steps.length > MAX_ROWS
  const listed = many ? model.steps.filter((step) => step.status !== 'succeeded').slice(0, MAX_ROWS) : model.steps
  const left = model.steps.length - listed.length
  const rows = listed.map((step) => stepRow(step, options))
  const header = ['step', 'status', 'time', 'ran in', 'phases'].map((title) => style('dim', title))
  return [
    ...(rows.length === 0 ? [] : table([header, ...rows])),
    ...(left > 0 ? [`${rows.length === 0 ? '' : 'and '}${countByName(model, new Set(listed))}`] : []),
    closingLine(model, style),
  ]
}

function closingLine(model: RunModel, style: Style): string {
  const words = { succeeded: 'succeeded in', failed: 'failed after', cancelled: 'was cancelled after', running: 'has run for' }
  const colour = { succeeded: 'green', failed: 'red', cancelled: 'yellow', running: 'dim' } as const
  const outcome = `${words[model.status]} ${formatDuration(model.durationMs ?? 0)}`
  return `run ${model.runId} of ${sanitizeLine(model.pipeline)} ${style(colour[model.status], outcome)}`
}

function stepRow(step: StepState, options: SummaryOptions): Cell[] {
  const { style } = options
  const colour = { succeeded: 'green', failed: 'red', stopped: 'yellow', running: 'dim' } as const
  const attempts = step.attempts.length > 1 ? [`${step.attempts.length} attempts`] : []
  return [
    step.label,
    [style(colour[step.status], step.cached ? 'cached' : step.status), ...attempts],
    step.durationMs === undefined ? '' : formatDuration(step.durationMs),
    ranIn(step, options),
    phaseCell(step, options),
  ]
}

function ranIn(step: StepState, { cwd, pid }: SummaryOptions): Cell {
  if (step.cached) return 'nowhere: from the cache'
  if (step.operator === undefined) return `this process, pid ${pid}`
  if (step.process === undefined) return sanitizeLine(step.operator)
  const { host, folder, pid: jobPid } = step.process
  return [`${step.operator}: pid ${jobPid} on ${host}`, shortPath(folder, cwd)].map(sanitizeLine)
}

function shortPath(folder: string, cwd: string): string {
  const below = relative(cwd, folder)
  return below === '' || below.startsWith('..') || isAbsolute(below) ? folder : below
}

function phaseCell(step: StepState, { columns }: SummaryOptions): Cell {
  const phases = step.phases.map(({ phase, durationMs }) => `${phase}\u00A0${formatDuration(durationMs)}`).join(' ')
  // A narrow terminal gets a line per phase: a broken table is harder to read than a long one.
  const lines = columns === undefined ? [phases] : wrap(phases, columns >= 120 ? 48 : 20)
  return lines.map((line) => line.replaceAll(' ', ', ').replaceAll('\u00A0', ' '))
}

function countByName(model: RunModel, listed: ReadonlySet<StepState>): string {
  const counts = new Map<string, number>()
  for (const step of model.steps) {
    if (!listed.has(step)) counts.set(step.name, (counts.get(step.name) ?? 0) + 1)
  }
  const parts = [...counts].map(([name, count]) => `${name} ×${count}`)
  return `${parts.join(', ')} not listed`
}
