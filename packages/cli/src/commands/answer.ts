import type { OpenRunsOptions, Runs } from '@sidestep/core'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { importQuietly } from '../project/open-cli-project.ts'
import { isTerminal, writeTo } from '../standard-streams.ts'
import { failureReport, isUnexpected, PLEASE_REPORT } from '../view/failure-report.ts'
import { isRefusal } from '../view/is-refusal.ts'
import { jsonError } from '../view/json-report.ts'
import { styleFor, type Style } from '../view/style.ts'
import { terminalSize } from '../view/terminal-size.ts'

/** What every command takes that answers a question. */
export interface AnswerOptions {
  readonly output: 'text' | 'json'
  readonly verbose: boolean
}

/** Where a command answers: what was asked for on stdout, everything else on stderr. */
export class Answer {
  readonly isJson: boolean
  readonly verbose: boolean
  /** Of stdout. */
  readonly style: Style = styleFor('stdout')
  /** Of stderr. */
  readonly noteStyle: Style = styleFor('stderr')

  constructor({ output, verbose }: AnswerOptions) {
    this.isJson = output === 'json'
    this.verbose = verbose
  }

  /** Width of the terminal on stdout; absent in a pipe. */
  get columns(): number | undefined {
    return isTerminal('stdout') ? terminalSize(process.stdout).columns : undefined
  }

  print(lines: readonly string[]): void {
    if (lines.length > 0) writeTo('stdout', `${lines.join('\n')}\n`)
  }

  /** Writes text as it is, without an end of line. */
  write(text: string): void {
    writeTo('stdout', text)
  }

  json(document: unknown): void {
    writeTo('stdout', `${JSON.stringify(document)}\n`)
  }

  note(lines: readonly string[]): void {
    if (lines.length > 0) writeTo('stderr', `${lines.join('\n')}\n`)
  }

  /** Reports an error of the command itself. Resolves to its exit code. */
  failed(error: unknown): ExitCode {
    const { noteStyle: style, verbose } = this
    this.note(failureReport(error, { style, locate: () => undefined, verbose }))
    if (isUnexpected(error)) this.note([PLEASE_REPORT])
    if (this.isJson) this.json({ error: jsonError(error, { verbose }) })
    return isRefusal(error) ? EXIT.wrongInput : EXIT.failed
  }
}

/** Answers a question about the runs of the project, and closes its journal again. */
export async function answerFromRuns(
  options: AnswerOptions,
  body: (runs: Runs, answer: Answer) => Promise<ExitCode>,
): Promise<ExitCode> {
  const answer = new Answer(options)
  try {
    await using runs = await openProjectRuns()
    return await body(runs, answer)
  } catch (error) {
    return answer.failed(error)
  }
}

/** The journal of the project that the command is called in. `onSilence` hears of a store that gives no answer. */
export async function openProjectRuns({ onSilence }: Pick<OpenRunsOptions, 'onSilence'> = {}): Promise<Runs> {
  // What looks at stacks alone starts without it.
  const { openRuns } = await import('@sidestep/core')
  // The user's project comes first; a project without @sidestep/local gets the CLI's own.
  return openRuns({
    packagesFrom: [import.meta.url],
    importModule: importQuietly,
    ...(onSilence === undefined ? {} : { onSilence }),
  })
}
