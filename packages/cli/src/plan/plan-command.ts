import { planPipeline, type Plan } from '@sidestep/core'
import { Answer, type AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { openCliProject } from '../project/open-cli-project.ts'
import { captureOutput } from '../run/capture-output.ts'
import { choosePipeline } from '../run/choose-pipeline.ts'
import { interruptible } from '../run/interruptible.ts'
import { loadPipelineFile } from '../run/load-pipeline-file.ts'
import { findPipelineFile } from '../run/pipeline-file.ts'
import { stackFor } from '../run/stack-for.ts'
import { jsonError } from '../view/json-report.ts'
import { planText } from '../view/plan-text.ts'

export interface PlanCommandOptions extends AnswerOptions {
  /** Name of a stack. */
  readonly stack?: string
  /** Build the images of steps that run in one. */
  readonly build?: boolean
}

/** `sidestep plan FILE`: the request of every step that has an operator; nothing is created, but images with `--build`. */
export async function planCommand(named: string, options: PlanCommandOptions): Promise<ExitCode> {
  const answer = new Answer(options)
  const cwd = process.cwd()
  // What the user's module prints while it is loaded is no part of the plan.
  const captured = captureOutput(process.stdout, (text) => void process.stderr.write(text))
  let plan: Plan | undefined
  try {
    const file = await loadPipelineFile(findPipelineFile(named, cwd), { cwd })
    const pipeline = choosePipeline(file.exports, file.shown)
    const note = (line: string): void => answer.note([line])
    const project = openCliProject()
    const stack = await stackFor(file, { option: options.stack, environment: process.env, note, project })
    const knownFlavors = (await project.registry()).list('step_operator').map(({ flavor }) => flavor)
    const known = { module: file.url, packagesFrom: [import.meta.url], knownFlavors }
    await interruptible(async (signal) => {
      const buildImages = options.build === true ? { buildImages: { report: (line: string) => note(line) } } : {}
      plan = await planPipeline(pipeline, { ...known, ...stack, ...buildImages, report: note, signal })
    })
  } catch (error) {
    captured.release()
    return answer.failed(error)
  }
  captured.release()
  if (plan === undefined) return EXIT.interrupted
  if (answer.isJson) answer.json(jsonPlan(plan, options))
  else answer.print(planText(plan, { style: answer.style, verbose: options.verbose }))
  return exitCodeOf(plan)
}

/** The plan as one document: a problem is an error like any other. */
function jsonPlan(plan: Plan, options: { readonly verbose: boolean }): object {
  const { pipeline, stack, module = null, steps } = plan
  return {
    pipeline,
    stack,
    module,
    steps: steps.map(({ problem, ...step }) => ({
      ...step,
      ...(problem === undefined ? {} : { problem: jsonError(problem, options) }),
    })),
  }
}

function exitCodeOf({ steps }: Plan): ExitCode {
  const problems = steps.flatMap(({ problem }) => (problem === undefined ? [] : [problem]))
  if (problems.length === 0) return EXIT.success
  return problems.some(({ kind }) => kind === 'config') ? EXIT.wrongInput : EXIT.failed
}
