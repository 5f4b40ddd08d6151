import { answerFromRuns, type AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { jsonRun } from '../view/json-runs.ts'
import { runsTable } from '../view/runs-list.ts'

export interface ListRunsOptions extends AnswerOptions {
  readonly pipeline?: string
  readonly unfinished: boolean
  readonly limit: number
}

/** `sidestep runs list`: newest first. */
export function listRunsCommand(options: ListRunsOptions): Promise<ExitCode> {
  const { pipeline, unfinished, limit } = options
  return answerFromRuns(options, async (runs, answer) => {
    // One more than is shown tells whether there are more.
    const filter = {
      limit: limit + 1,
      ...(unfinished ? { unfinished } : {}),
      ...(pipeline === undefined ? {} : { pipeline }),
    }
    const found = await runs.list(filter)
    const shown = found.slice(0, limit)
    if (answer.isJson) answer.json(shown.map(jsonRun))
    else if (shown.length > 0) answer.print(runsTable(shown, { style: answer.style, now: Date.now() }))
    else answer.note(noneLines(options, runs.home))
    if (found.length > shown.length) answer.note([`there are more: --limit ${limit * 10} shows up to ${limit * 10}`])
    return EXIT.success
  })
}

function noneLines({ pipeline, unfinished }: ListRunsOptions, home: string): string[] {
  const which = `${unfinished ? 'unfinished ' : ''}run${pipeline === undefined ? '' : ` of ${pipeline}`}`
  if (unfinished || pipeline !== undefined) return [`there is no ${which} in ${home}`]
  return [`there is no run in ${home} yet; start one: sidestep run FILE`]
}
