// Measures what Sidestep itself costs: `pnpm bench`, or `pnpm bench --only NAME`. Exits with 1 where a target is missed.
import { parseArgs } from 'node:util'

import { isWithinTargets, printReport, type Report } from './report.ts'

const BENCHMARKS: Readonly<Record<string, () => Promise<Report>>> = {
  'cli-start': async () => (await import('./cli-start.ts')).cliStart(),
  'local-step': async () => (await import('./local-step.ts')).localStep(),
  'in-process-step': async () => (await import('./in-process-step.ts')).inProcessStep(),
  'waiting-jobs': async () => (await import('./waiting-jobs.ts')).waitingJobs(),
}

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true } } })
const names = values.only ?? Object.keys(BENCHMARKS)
const unknown = names.find((name) => !(name in BENCHMARKS))
if (unknown !== undefined) {
  console.error(`there is no benchmark ${unknown}; there are ${Object.keys(BENCHMARKS).join(', ')}`)
  process.exit(2)
}
for (const [index, name] of names.entries()) {
  if (index > 0) console.log()
  const report = await (BENCHMARKS[name]?.() ?? Promise.reject(new Error(name)))
  printReport(report)
  if (!isWithinTargets(report)) process.exitCode = 1
}
