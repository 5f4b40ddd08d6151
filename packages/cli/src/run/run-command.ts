import { checkRunId } from '@sidestep/core'
import { openProjectRuns } from '../commands/answer.ts'
import type { ExitCode } from '../exit-codes.ts'
import { openCliProject } from '../project/open-cli-project.ts'
import { choosePipeline } from './choose-pipeline.ts'
import { loadPipelineFile } from './load-pipeline-file.ts'
import { parseInput, readStandardInput } from './parse-input.ts'
import { findPipelineFile } from './pipeline-file.ts'
import { shellWord } from '../view/shell-word.ts'
import { runIfThere } from './run-if-there.ts'
import { RunSession, type SessionOptions } from './run-session.ts'
import { showRun } from './show-run.ts'
import { stackFor } from './stack-for.ts'
import { requireOperators, stepWarnings } from './step-warnings.ts'

export interface RunCommandOptions extends SessionOptions {
  /** Of the run to start, or to go on with. Absent: a new one. */
  readonly id?: string
  /** Name of a stack. */
  readonly stack?: string
  /** JSON text, `@file` or `@-`. */
  readonly input?: string
}

/** `sidestep run FILE`: starts the file's pipeline, shows it until it has ended, and says how it ended. */
export async function runCommand(named: string, options: RunCommandOptions): Promise<ExitCode> {
  const session = new RunSession(options)
  const { cwd, output } = session
  return showRun(session, async () => {
    const path = findPipelineFile(named, cwd)
    session.file = path
    if (options.input === undefined) {
      session.noInputHint = `The run began without an input. Where its pipeline takes one: sidestep run ${shellWord(named)} --input '{ … }'`
    }
    // Input first: what is wrong with the command line is told before any of the user's code runs.
    const input = await parseInput(options.input, { cwd, readStdin: readStandardInput })
    const file = await loadPipelineFile(path, { cwd })
    const pipeline = choosePipeline(file.exports, file.shown)
    const note = (line: string): void => output.diagnostic([line])
    // A run that is there goes on with its own stack, whatever is active.
    const isThere = options.id !== undefined && (await isRun(options.id, session))
    const environment = process.env
    const project = openCliProject()
    const chosen = await stackFor(file, { option: options.stack, environment, note, isThere, project })
    if (chosen.stack !== undefined || !isThere) {
      await requireOperators(project, chosen.stack)
      output.diagnostic(await stepWarnings(project, chosen.stack))
    }
    return pipeline.start(input, {
      module: file.url,
      // The user's project comes first; a project without @sidestep/local gets the CLI's own.
      packagesFrom: [import.meta.url],
      ...(options.id === undefined ? {} : { runId: options.id }),
      ...chosen,
    })
  })
}

async function isRun(id: string, { onSilence }: RunSession): Promise<boolean> {
  const runId = checkRunId(id)
  await using runs = await openProjectRuns({ onSilence })
  try {
    return (await runIfThere(runs, runId)) !== undefined
  } catch {
    // It is there, and its store does not answer: whether it can go on, and what is wrong, is for its start to say.
    return true
  }
}
