// `pnpm crash-matrix --help`
import { availableParallelism } from 'node:os'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import '@sidestep/config/built-packages'

import { coverageOf } from './coverage.ts'
import { CannotRun, type MatrixFlavor } from './flavor.ts'
import { openDocker } from './flavors/docker.ts'
import { local } from './flavors/local.ts'
import { openSagemaker } from './flavors/sagemaker.ts'
import { runMatrix, type Only } from './matrix.ts'
import { planTrial, SCENARIOS, scenariosOf, wholeDeal } from './plan.ts'
import { POINTS } from './points.ts'
import { PROVIDER_FAULTS } from './scenarios/provider-faults.ts'
import { Progress } from './progress.ts'
import { closingLines, isClean, trialLines } from './report.ts'
import type { Scenario } from './scenario.ts'

const FLAVORS: Readonly<Record<string, () => Promise<MatrixFlavor>>> = {
  local: async () => local,
  docker: openDocker,
  sagemaker: openSagemaker,
}

const HELP = `Kills launchers and jobs, lets the runs go on, and counts what was lost or done twice.

  pnpm crash-matrix [--flavor F] [--runs 100] [--seed S] [--jobs 3] [--only SCENARIO] [--keep] [--verbose]

  --flavor F    local by default; of ${Object.keys(FLAVORS).join(', ')}
  --runs N      goes on until at least N launchers were killed with SIGKILL. A run of the pipeline dies several times
                before it may end, so there are fewer of those. Killed jobs are not counted here
  --seed S      any text; the same one makes the same decisions. Default: a new one
  --jobs P      runs at once. Default: ${defaultJobs()} on this machine
  --only X      a scenario (moments), or one run of the seed (moments#7): what the line of a failure says
  --keep        keeps the folders of all runs, not only of those that failed
  --verbose     with --only: what each launcher printed

Every other run kills a launcher at a point of its own: the ${POINTS.length} points are dealt like cards. The scenarios between them
are dealt too. With --runs ${wholeDeal(local)} or more (docker and sagemaker: a few more) it goes on until all of them were dealt, and a point that killed
no launcher is a failure; with fewer, it says at the end which scenarios were not dealt. A fault that was planned and did not happen is
a failure always. A flavor leaves out what its operator cannot have, and does not come to all points.

Scenarios:
${listed(SCENARIOS)}

Of a simulated provider (sagemaker), beside them:
${listed(PROVIDER_FAULTS)}

Exit code: 0 where all figures are 0, 1 where not, 2 for wrong options or where the flavor cannot run, 130 for Ctrl-C.`

interface Options {
  readonly flavor: MatrixFlavor
  readonly kills: number
  readonly seed: string
  readonly jobs: number
  readonly only: Only
  readonly keep: boolean
  readonly verbose: boolean
}

class WrongOption extends Error {}

function listed(scenarios: readonly Scenario[]): string {
  return scenarios.map(({ name, summary }) => `  ${name.padEnd(20)}${summary}`).join('\n')
}

function defaultJobs(): number {
  return availableParallelism() + 1
}

async function readOptions(args: readonly string[]): Promise<Options | undefined> {
  const { values } = parseArgs({
    args: args.filter((arg) => arg !== '--'),
    options: {
      flavor: { type: 'string', default: 'local' },
      runs: { type: 'string', default: '100' },
      seed: { type: 'string', default: randomBytes(4).toString('hex') },
      jobs: { type: 'string', default: String(defaultJobs()) },
      only: { type: 'string' },
      keep: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  const open = FLAVORS[values.flavor]
  if (open === undefined) throw new WrongOption(`there is no flavor ${values.flavor}`)
  const [kills, jobs] = [count(values.runs, '--runs'), count(values.jobs, '--jobs')]
  const flavor = await open()
  return {
    flavor,
    kills,
    seed: values.seed,
    jobs,
    only: readOnly(values.only, { seed: values.seed, flavor }),
    keep: values.keep,
    verbose: values.verbose,
  }
}

function count(text: string, option: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1)
    throw new WrongOption(`${option} takes a whole number from 1, not ${text}`)
  return number
}

function readOnly(text: string | undefined, of: { readonly seed: string; readonly flavor: MatrixFlavor }): Only {
  if (text === undefined) return {}
  const [scenario = '', index] = text.split('#')
  if (!scenariosOf(of.flavor).some(({ name }) => name === scenario))
    throw new WrongOption(`there is no scenario ${scenario}`)
  if (index === undefined) return { scenario }
  const planned = planTrial(Number(index), of).scenario.name
  if (planned !== scenario) throw new WrongOption(`run ${index} of the seed ${of.seed} is one of ${planned}`)
  return { scenario, index: Number(index) }
}

async function main(options: Options): Promise<number> {
  const { flavor, seed, kills, keep, verbose } = options
  const stopped = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => stopped.abort(new Error(`stopped by ${signal}`)))
  }
  const started = performance.now()
  const elapsed = (): number => performance.now() - started
  const progress = new Progress(kills)
  const reports = await runMatrix({
    ...options,
    signal: stopped.signal,
    keep: keep || verbose,
    onTrial: (report) => {
      progress.clear()
      for (const line of trialLines(report, { seed, flavor: flavor.name })) console.log(line)
      if (verbose && report.folder !== undefined) console.log(readLog(report.folder))
      progress.add(report.kills.length, elapsed())
    },
  })
  progress.clear()
  const coverage = coverageOf(reports, flavor)
  for (const line of closingLines(reports, coverage, { durationMs: elapsed(), seed, flavor })) console.log(line)
  return isClean(reports, coverage) ? 0 : 1
}

function readLog(folder: string): string {
  const path = join(folder, 'trial.log')
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

async function run(args: readonly string[]): Promise<number> {
  try {
    const options = await readOptions(args)
    if (options === undefined) {
      console.log(HELP)
      return 0
    }
    try {
      return await main(options)
    } finally {
      await options.flavor.close()
    }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    if (text.startsWith('stopped by')) {
      console.error(text)
      return 130
    }
    if (error instanceof CannotRun) {
      console.error(`the matrix cannot run here: ${text}`)
      return 2
    }
    if (!(error instanceof WrongOption) && !(error instanceof TypeError)) throw error
    console.error(`${text}\nSee --help.`)
    return 2
  }
}

process.exit(await run(process.argv.slice(2)))
