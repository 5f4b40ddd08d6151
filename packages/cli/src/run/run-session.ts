import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { codeOf, SidestepError } from '@sidestep/core'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { failureReport, isUnexpected, PLEASE_REPORT } from '../view/failure-report.ts'
import { isRefusal, isWrongInput } from '../view/is-refusal.ts'
import { jsonReport, type RunOutcome } from '../view/json-report.ts'
import { goOnLine } from '../view/left-jobs.ts'
import { resultText } from '../view/result-text.ts'
import { RunModel } from '../view/run-model.ts'
import { sanitizeLine } from '../view/sanitize.ts'
import { createLocate, type Locate } from '../view/source-location.ts'
import { summaryLines } from '../view/summary.ts'
import { environmentOf } from './environment-folder.ts'
import { foreignFolders } from './foreign-folders.ts'
import { RunOutput } from './output.ts'

export interface SessionOptions {
  readonly output: 'text' | 'json'
  /** Stack traces too. */
  readonly verbose: boolean
}

/** One run on the screen: what `run`, `runs resume` and `runs attach` share. */
export class RunSession {
  readonly cwd: string = process.cwd()
  readonly output: RunOutput
  readonly model: RunModel = new RunModel()
  readonly options: SessionOptions
  /** The file that defines the pipeline, as soon as it is known: errors are shown at their place in it. */
  file: string | undefined
  /** Of a run that is begun without an input: what to do where its pipeline wants one. */
  noInputHint: string | undefined

  constructor(options: SessionOptions) {
    const { stdout, stderr, env: environment } = process
    this.options = options
    this.output = new RunOutput({ stdout, stderr, environment, json: options.output === 'json' })
  }

  /** Says of a store that it gives no answer, while there is no view yet. */
  readonly onSilence = (line: string): void => this.output.diagnostic([`warning: ${sanitizeLine(line)}`])

  /**
   * Says how the run ended: the table of steps, a failure, the result. `pid` is that of the process whose steps are
   * told as steps of this one.
   */
  report(outcome: RunOutcome, { pid }: { readonly pid?: number } = {}): void {
    const { model, output, options, cwd } = this
    const { style, columns } = output
    if (model.runId !== '') {
      const shown = { style, cwd, environmentOf, ...(columns && { columns }), ...(pid && { pid }) }
      const untold = 'unfinished' in outcome ? { untold: 'unfinished' } : {}
      output.diagnostic(['', ...summaryLines(model, { ...shown, ...untold })])
    }
    if ('error' in outcome) this.#reportError(outcome.error)
    const text =
      options.output === 'json'
        ? JSON.stringify(jsonReport(model, outcome, options))
        : 'result' in outcome
          ? resultText(outcome.result, { terminal: process.stdout.isTTY })
          : 'resultText' in outcome
            ? outcome.resultText
            : undefined
    if (text !== undefined) output.result(text)
  }

  /** The only thing that is said where this process is left at once. */
  reportLeft(lines: readonly string[]): void {
    this.output.diagnostic(lines)
    if (this.options.output !== 'json') return
    const error = new SidestepError('the run was left at once', { code: 'RUN_CANCELLED', kind: 'stopped' })
    this.output.result(JSON.stringify(jsonReport(this.model, { error }, this.options)))
  }

  /** Wrong input is what was refused before anything was created; what failed later has failed, whatever its kind. */
  exitCodeOf(error: unknown): ExitCode {
    const { hasCreatedJobs, runId } = this.model
    const refused = runId === '' ? isRefusal(error) : isWrongInput(error) && !hasCreatedJobs
    return refused ? EXIT.wrongInput : EXIT.failed
  }

  #reportError(error: unknown): void {
    const { model, output, options, cwd, file, noInputHint } = this
    if (codeOf(error) === 'RUN_CANCELLED') {
      output.diagnostic([model.runId === '' ? 'cancelled before the run began' : goOnLine(model.runId)])
      return
    }
    const { style } = output
    const locate = locateIn({ file, cwd })
    const shown = { style, locate, verbose: options.verbose, model, ...(noInputHint && { noInputHint }) }
    output.diagnostic(['', ...failureReport(error, shown), ''])
    if (isUnexpected(error) && model.runId === '') output.diagnostic([PLEASE_REPORT])
  }
}

/** Finds places in the user's own code, for a pipeline that a file defines. */
export function locateIn({ file, cwd }: { readonly file: string | undefined; readonly cwd: string }): Locate {
  return createLocate({ cwd, roots: rootsOf(file, cwd), foreign: foreignFolders(file) })
}

/** Folders that the relative paths of a job's stack may start from. */
function rootsOf(file: string | undefined, cwd: string): string[] {
  if (file === undefined) return [cwd]
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return [folder, cwd]
  }
  return [dirname(file), cwd]
}
