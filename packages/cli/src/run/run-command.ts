import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { codeOf, configError, SidestepError, type PipelineRun } from '@sidestep/core'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { failureReport, isUnexpected } from '../view/failure-report.ts'
import { jsonReport, type RunOutcome } from '../view/json-report.ts'
import { resultText } from '../view/result-text.ts'
import { RunModel } from '../view/run-model.ts'
import { createLocate } from '../view/source-location.ts'
import { summaryLines } from '../view/summary.ts'
import { choosePipeline } from './choose-pipeline.ts'
import { chooseStack } from './choose-stack.ts'
import { foreignFolders } from './foreign-folders.ts'
import { loadModule } from './load-module.ts'
import { RunOutput } from './output.ts'
import { parseInput, readStandardInput } from './parse-input.ts'
import { environmentOf } from './environment-folder.ts'
import { findPipelineFile } from './pipeline-file.ts'
import { unlessStalled } from './stalled.ts'
import { watchRun } from './watch-run.ts'

export interface RunCommandOptions {
  /** Name of a stack. */
  readonly stack?: string
  /** JSON text, `@file` or `@-`. */
  readonly input?: string
  readonly output: 'text' | 'json'
  readonly verbose: boolean
}

/** `sidestep run FILE`: starts the file's pipeline, shows it until it has ended, and says how it ended. */
export async function runCommand(named: string, options: RunCommandOptions): Promise<ExitCode> {
  const { stdout, stderr, env: environment } = process
  const cwd = process.cwd()
  const output = new RunOutput({ stdout, stderr, environment, json: options.output === 'json' })
  const model = new RunModel()
  let file: string | undefined
  try {
    file = findPipelineFile(named, cwd)
    const run = await startRun(file, { ...options, cwd, environment, output })
    const leave = (lines: readonly string[]): never => {
      output.closeView()
      output.diagnostic(lines)
      if (options.output === 'json') output.result(JSON.stringify(jsonReport(model, { error: leftAtOnce() }, options)))
      process.exit(EXIT.interrupted)
    }
    const { outcome, interrupted } = await watchRun(run, { model, view: output.openView(model), leave })
    output.closeView()
    report(outcome)
    if (!('error' in outcome)) return EXIT.success
    return interrupted ? EXIT.interrupted : exitCodeOf(outcome.error, model)
  } catch (error) {
    output.closeView()
    report({ error })
    return exitCodeOf(error, model)
  }

  function report(outcome: RunOutcome): void {
    const { style, columns } = output
    if (model.runId !== '') {
      output.diagnostic([
        '',
        ...summaryLines(model, { style, cwd, pid: process.pid, environmentOf, ...(columns && { columns }) }),
      ])
    }
    if ('error' in outcome && codeOf(outcome.error) !== 'RUN_CANCELLED') {
      const locate = createLocate({ cwd, roots: rootsOf(file, cwd), foreign: foreignFolders(file) })
      output.diagnostic(['', ...failureReport(outcome.error, { style, locate, verbose: options.verbose, model }), ''])
      if (isUnexpected(outcome.error) && model.runId === '') output.diagnostic([PLEASE_REPORT])
    }
    const text =
      options.output === 'json'
        ? JSON.stringify(jsonReport(model, outcome, options))
        : 'error' in outcome
          ? undefined
          : resultText(outcome.result, { terminal: stdout.isTTY })
    if (text !== undefined) output.result(text)
  }
}

function leftAtOnce(): SidestepError {
  return new SidestepError('the run was left at once', { code: 'RUN_CANCELLED', kind: 'stopped' })
}

const PLEASE_REPORT = 'This is a mistake in Sidestep: please report it, with the output of --verbose.'

interface StartOptions extends Omit<RunCommandOptions, 'output'> {
  readonly cwd: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly output: RunOutput
}

async function startRun(file: string, options: StartOptions): Promise<PipelineRun<unknown>> {
  const { cwd, environment, output } = options
  const shown = relative(cwd, file)
  // Input first: what is wrong with the command line is told before any of the user's code runs.
  const input = parseInput(options.input, { cwd, readStdin: readStandardInput })
  const { exports, url } = await unlessStalled(loadModule(file, { cwd }), () =>
    configError('MODULE_LOAD_FAILED', `${shown} waits for a promise that nothing can settle any more`),
  )
  const pipeline = choosePipeline(exports, shown)
  const { stack, names } = chooseStack(exports, wantedStack(options.stack, environment), shown)
  if (stack === undefined && names.length > 0) {
    output.diagnostic([
      `the stack default of this machine is used; ${shown} exports ${names.join(', ')}: choose with --stack`,
    ])
  }
  // The user's project comes first; a project without @sidestep/local gets the CLI's own.
  return pipeline.start(input, {
    module: url,
    packagesFrom: [import.meta.url],
    ...(stack === undefined ? {} : { stack }),
  })
}

function wantedStack(
  option: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly name: string; readonly source: string } | undefined {
  if (option !== undefined) return { name: option, source: '--stack' }
  const name = environment['SIDESTEP_STACK'] ?? ''
  return name === '' ? undefined : { name, source: 'SIDESTEP_STACK' }
}

/** Wrong input is what was refused before anything was created; what failed later has failed, whatever its kind. */
function exitCodeOf(error: unknown, model: RunModel): ExitCode {
  const refused = SidestepError.isInstance(error) && error.kind === 'config' && !model.hasCreatedJobs
  return refused ? EXIT.wrongInput : EXIT.failed
}

/** Folders that the relative paths of a job's stack may start from. */
function rootsOf(file: string | undefined, cwd: string): string[] {
  if (file === undefined) return [cwd]
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return [folder, cwd]
  }
  return [dirname(file), cwd]
}
