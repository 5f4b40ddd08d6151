// Measures what Sidestep itself costs: `pnpm bench`, or `pnpm bench NAME`. Exits with 1 where a target is missed, with 3
// where a benchmark that was asked for by its name cannot run here.
import { parseArgs } from 'node:util'

import { isWithinTargets, printReport, type Report } from './report.ts'

const BENCHMARKS: Readonly<Record<string, () => Promise<Report>>> = {
  'cli-start': async () => (await import('./cli-start.ts')).cliStart(),
  'local-step': async () => (await import('./local-step.ts')).localStep(),
  'in-process-step': async () => (await import('./in-process-step.ts')).inProcessStep(),
  'waiting-jobs': async () => (await import('./waiting-jobs.ts')).waitingJobs(),
  'training-jobs': async () => (await import('./training-jobs/training-jobs.ts')).trainingJobs(),
  images: async () => (await import('./images/images.ts')).images(),
}

const HELP = `Usage: pnpm bench [NAME...]

Measures what Sidestep itself costs. Without a name: everything.

Benchmarks: ${Object.keys(BENCHMARKS).join(', ')}

  --only NAME  the same as NAME
  --help       this text

\`images\` needs root, a Docker engine, buildah, and a registry that has the base image of the tests
(SIDESTEP_TEST_REGISTRY, default 127.0.0.1:5000). Where one of them is missing it is marked as skipped.

Exit codes: 0 all figures are within their targets, 1 one is not, 2 the input was wrong, 3 what was named was skipped.`

const { values, positionals } = parseArgs({
  options: { only: { type: 'string', multiple: true }, help: { type: 'boolean' } },
  allowPositionals: true,
})
if (values.help === true) {
  console.log(HELP)
  process.exit()
}
const named = [...(values.only ?? []), ...positionals]
const names = named.length === 0 ? Object.keys(BENCHMARKS) : named
const unknown = names.find((name) => !Object.hasOwn(BENCHMARKS, name))
if (unknown !== undefined) {
  console.error(`there is no benchmark ${unknown}; there are ${Object.keys(BENCHMARKS).join(', ')}`)
  process.exit(2)
}
for (const [index, name] of names.entries()) {
  if (index > 0) console.log()
  const report = await (BENCHMARKS[name]?.() ?? Promise.reject(new Error(name)))
  printReport(report)
  if (!isWithinTargets(report)) process.exitCode = 1
  else if (report.skipped !== undefined && named.length > 0) process.exitCode ??= 3
}
