import type { JobSummary } from '@sidestep/core'
import { sanitizeLine } from './sanitize.ts'
import type { ListOptions } from './runs-list.ts'
import { tableRows } from './table.ts'
import { ageOf } from './when.ts'

/** Jobs as a table, a header first; orphans with the reason. */
export function jobsTable(jobs: readonly JobSummary[], { style, now }: ListOptions): string[] {
  const withUrl = jobs.some(({ consoleUrl }) => consoleUrl !== undefined)
  const titles = ['job', 'run', 'step', 'attempt', 'operator', 'phase', 'age', ...(withUrl ? ['console'] : [])]
  const [header = [], ...rows] = tableRows([
    titles.map((title) => style('dim', title)),
    ...jobs.map((job) => [
      sanitizeLine(job.id),
      sanitizeLine(job.runId),
      sanitizeLine(job.stepName),
      String(job.attempt),
      sanitizeLine(job.operator),
      phaseText(job),
      job.startedAt === undefined ? '' : ageOf(job.startedAt, now),
      ...(withUrl ? [sanitizeLine(job.consoleUrl ?? '')] : []),
    ]),
  ])
  return [
    ...header,
    ...jobs.flatMap((job, index) => [
      ...(rows[index] ?? []),
      ...(job.orphan === undefined ? [] : [style('dim', `  ${sanitizeLine(job.orphan.because)}`)]),
      ...(job.problem === undefined ? [] : [style('yellow', `  ${sanitizeLine(job.problem)}`)]),
    ]),
  ]
}

/** A job in a sentence: `job 4a97… (train of run r1)`. */
export function jobName({ id, stepName, runId }: JobSummary): string {
  return sanitizeLine(`job ${id} (${stepName} of run ${runId})`)
}

/** Where it stands, with the provider's own word where that says more. */
export function phaseText({ phase, providerState }: JobSummary): string {
  const state = providerState === undefined || providerState === phase ? '' : ` (${sanitizeLine(providerState)})`
  return `${phase ?? 'not known'}${state}`
}
