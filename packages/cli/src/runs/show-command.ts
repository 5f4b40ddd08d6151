import type { RunDetails } from '@sidestep/core'
import { answerFromRuns, type AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { environmentOf } from '../run/environment-folder.ts'
import { fileOfRun } from '../run/project-file.ts'
import { outcomeOf } from '../run/run-outcome.ts'
import { locateIn } from '../run/run-session.ts'
import { failureReport } from '../view/failure-report.ts'
import { jsonRunDetails } from '../view/json-runs.ts'
import { RunModel } from '../view/run-model.ts'
import { runStory } from '../view/run-story.ts'
import type { Style } from '../view/style.ts'

/** `sidestep runs show ID`: the whole story of a run. */
export function showRunCommand(id: string, options: AnswerOptions): Promise<ExitCode> {
  return answerFromRuns(options, async (runs, answer) => {
    const { runId } = await runs.find(id)
    const [details, model] = [await runs.details(runId), new RunModel()]
    for await (const event of runs.events(runId)) model.apply(event)
    model.settle(details.steps)
    if (answer.isJson) {
      answer.json(jsonRunDetails(details, model, options))
      return EXIT.success
    }
    const { style, columns, verbose } = answer
    const failure = failureOf(details, model, { style, verbose })
    const cwd = process.cwd()
    answer.print(
      runStory(details, model, { style, cwd, now: Date.now(), environmentOf, failure, ...(columns && { columns }) }),
    )
    return EXIT.success
  })
}

function failureOf(
  details: RunDetails,
  model: RunModel,
  options: { readonly style: Style; readonly verbose: boolean },
): string[] {
  if (details.state !== 'failed') return []
  const outcome = outcomeOf(details, model)
  if (!('error' in outcome)) return []
  const locate = locateIn({ file: fileOfRun(details), cwd: process.cwd() })
  return failureReport(outcome.error, { ...options, locate, model })
}
