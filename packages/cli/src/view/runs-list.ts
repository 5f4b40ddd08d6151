import type { RunOwner, RunState, RunSummary } from '@sidestep/core'
import { sanitizeLine } from './sanitize.ts'
import type { Style } from './style.ts'
import { tableRows } from './table.ts'
import { ago, durationCell } from './when.ts'

const COLOURS = {
  running: 'cyan',
  interrupted: 'yellow',
  silent: 'yellow',
  succeeded: 'green',
  failed: 'red',
  cancelled: 'yellow',
} as const satisfies Readonly<Record<RunState, string>>

export interface ListOptions {
  readonly style: Style
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Runs as a table, a header first. */
export function runsTable(runs: readonly RunSummary[], { style, now }: ListOptions): string[] {
  const titles = ['run', 'pipeline', 'stack', 'state', 'started', 'time', 'launcher']
  return tableRows([
    titles.map((title) => style('dim', title)),
    ...runs.map((run) => [
      run.runId,
      sanitizeLine(run.pipeline),
      sanitizeLine(run.stack),
      stateText(run.state, style),
      ago(run.startedAt, now),
      durationCell(run.durationMs),
      isOver(run.state) || run.owner === undefined ? '' : ownerText(run.owner, now),
    ]),
  ]).flat()
}

/** A state in its colour. */
export function stateText(state: RunState, style: Style): string {
  return style(COLOURS[state], state)
}

/** Which process a run belongs to, and whether it is there: `pid 12 on vm, gone`. */
export function ownerText(owner: RunOwner, now: number): string {
  const heard = owner.lastHeardAt === undefined ? '' : `, heard of ${ago(owner.lastHeardAt, now)}`
  const state = { alive: '', gone: ', gone', silent: `, silent${heard}` }[owner.state]
  const problem = owner.problem === undefined ? '' : ` (${owner.problem})`
  return sanitizeLine(`pid ${owner.pid} on ${owner.host}${state}${problem}`)
}

/** Whether a run has ended, in whichever way. */
export function isOver(state: RunState): state is 'succeeded' | 'failed' | 'cancelled' {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled'
}
