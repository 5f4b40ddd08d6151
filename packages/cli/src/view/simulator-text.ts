import type { SimulatedJob, StartedSimulator } from '../simulate/simulators-package.ts'
import { sanitizeLine } from './sanitize.ts'
import { shellWord } from './shell-word.ts'
import type { Style } from './style.ts'
import { tableRows } from './table.ts'

/** Where a simulator answers, and what leads an SDK there: to be pasted into a shell. */
export function simulatorText(
  cloud: string,
  { endpoint, registry, services, environment }: StartedSimulator,
  style: Style,
): string[] {
  return [
    `${style('bold', cloud)} is simulated at ${endpoint}: ${services.map(sanitizeLine).join(', ')}`,
    ...(registry === undefined ? [] : [`its container registry is ${sanitizeLine(registry)}`]),
    ...Object.entries(environment).map(([name, value]) => `export ${name}=${shellWord(value)}`),
  ]
}

/** How many calls came of each operation, in the order of their first ones: `s3.PutObject`. */
export function countCalls({ calls }: Pick<StartedSimulator, 'calls'>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { service, operation } of calls) {
    const name = `${service}.${operation}`
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

/** The same as a table. */
export function callsText(counts: ReadonlyMap<string, number>, style: Style): string[] {
  if (counts.size === 0) return ['no calls came']
  const rows = [...counts].map(([name, count]) => [sanitizeLine(name), String(count)])
  return tableRows([[style('dim', 'operation'), style('dim', 'calls')], ...rows]).flat()
}

/** What became of each job, as a table. No jobs: no lines. */
export function jobsText(jobs: readonly SimulatedJob[], style: Style): string[] {
  if (jobs.length === 0) return []
  const titles = ['job', 'began', 'end', 'faults'].map((title) => style('dim', title))
  const rows = jobs.map((job) => [
    sanitizeLine(`${job.service} ${job.name}`),
    job.attempts === 1 ? 'once' : job.attempts === 0 ? 'never' : `${job.attempts} times`,
    sanitizeLine(endText(job)),
    sanitizeLine(job.faults.join(', ')),
  ])
  return tableRows([titles, ...rows]).flat()
}

function endText({ end }: SimulatedJob): string {
  if (end === undefined) return 'it has not ended'
  const { exitCode, outOfMemory, startError, lostError } = end
  if (startError !== undefined) return startError
  if (exitCode === null) return lostError ?? 'nobody saw its end'
  return `exit code ${exitCode}${outOfMemory ? ': killed for its memory' : ''}`
}
