import { PROJECT_FILE, SidestepError, StackValidator, type Project, type Stack } from '@sidestep/core/project'
import { Answer, type AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { openCliProject } from '../project/open-cli-project.ts'
import { withoutOutput } from '../run/without-output.ts'
import { jsonValidation, validationText, type FoundProblem, type StackValidation } from '../view/stacks-validation.ts'
import { pathOf, placeOfProblem } from './problem-place.ts'
import { detailsOf, stackDetails, type StackDetails } from './stack-details.ts'

export interface ValidateStackOptions extends AnswerOptions {
  /** Also the steps of this file. */
  readonly pipeline?: string
}

/** `sidestep stack validate`: what is wrong with a stack, as far as it can be told before anything is created. */
export async function validateStackCommand(name: string | undefined, options: ValidateStackOptions): Promise<ExitCode> {
  const answer = new Answer(options)
  try {
    const project = openCliProject()
    const { pipeline } = options
    const validation = await withoutOutput(async () =>
      pipeline === undefined
        ? validateNamed(name ?? (await project.activeStack()).name, project)
        : validateWithPipeline(pipeline, { name, project, answer }),
    )
    if (answer.isJson) answer.json(jsonValidation(validation))
    else answer.print(validationText(validation, answer.style))
    return validation.problems.length === 0 ? EXIT.success : EXIT.wrongInput
  } catch (error) {
    return answer.failed(error)
  }
}

/** A stack of sidestep.yaml, or the built-in one. */
export async function validateNamed(name: string, project: Project): Promise<StackValidation> {
  return (await validateInProject(name, project)).validation
}

interface Validated {
  readonly validation: StackValidation
  /** Absent: it cannot be composed. */
  readonly stack?: Stack
}

async function validateInProject(name: string, project: Project): Promise<Validated> {
  const details = await stackDetails(project, name)
  let stack: Stack
  try {
    stack = await project.stack(name)
  } catch (error) {
    // Each of its components says why.
    if (!SidestepError.isInstance(error) || error.kind !== 'config') throw error
    const found = await problemsOfParts(details, project)
    const problems = found.length > 0 ? found : [placed({ message: error.message, hint: error.hint ?? '' })]
    return { validation: { details, problems, isComposed: false, steps: [] } }
  }
  return { validation: await validateMade(stack, { details, project }), stack }
}

async function validateWithPipeline(
  named: string,
  { name, project, answer }: { readonly name: string | undefined; readonly project: Project; readonly answer: Answer },
): Promise<StackValidation> {
  // Who asks about a stack alone needs none of it.
  const { checkPipelineSteps, loadPipelineWithStack } = await import('./validate-pipeline.ts')
  const { chosen, ...pipeline } = await loadPipelineWithStack(named, { name, project, answer })
  const exported = chosen.exported
  const { validation, stack } =
    exported === undefined
      ? await validateInProject(chosen.name, project)
      : {
          validation: await validateMade(exported, { details: detailsOf(exported, project), project }),
          stack: exported,
        }
  if (stack === undefined) return validation
  const isRight = validation.problems.length === 0
  const { steps, problems } = await checkPipelineSteps(stack, { ...pipeline, project, isRight })
  return { ...validation, steps, problems: [...validation.problems, ...problems] }
}

async function validateMade(
  stack: Stack,
  { details, project }: { readonly details: StackDetails; readonly project: Project },
): Promise<StackValidation> {
  const file = await project.file()
  const problems = (await new StackValidator(stack).validate()).map((problem) => {
    const { part, keys } = placeOfProblem(problem.path, details)
    const place = keys === undefined ? undefined : file?.place(keys)
    return placed({ ...problem, ...(part && { part }), ...(place === undefined ? {} : { place }) })
  })
  return { details, problems, isComposed: true, steps: [] }
}

/** Each component by itself. */
async function problemsOfParts({ parts }: StackDetails, project: Project): Promise<FoundProblem[]> {
  const problems: FoundProblem[] = []
  for (const part of parts) {
    if (part.name === undefined || part.place === undefined) continue
    try {
      const component = await project.component(part.type, part.name)
      await component.load()
    } catch (error) {
      if (!SidestepError.isInstance(error)) throw error
      const { message, hint = '' } = error
      problems.push(placed({ message, hint, path: pathOf(part), part, place: part.place }))
    }
  }
  return problems
}

const PLACED = new RegExp(String.raw`^(${PROJECT_FILE.replace('.', String.raw`\.`)}:\d+:\d+) \S+: (.*)$`, 's')

/** An error's message has the exact place in front, which is told once. */
function placed(problem: FoundProblem): FoundProblem {
  const [, place, message] = PLACED.exec(problem.message) ?? []
  return place === undefined || message === undefined ? problem : { ...problem, place, message }
}
