import { SidestepError, StackValidator, type Project, type Stack } from '@sidestep/core/project'
import { Answer, type AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { openCliProject } from '../project/open-cli-project.ts'
import { withoutOutput } from '../run/without-output.ts'
import { jsonValidation, validationText, type FoundProblem, type StackValidation } from '../view/stacks-validation.ts'
import { placeOfProblem } from './problem-place.ts'
import { detailsOf, stackDetails, type StackDetails } from './stack-details.ts'

export interface ValidateStackOptions extends AnswerOptions {
  /** Also the steps of this file. */
  readonly pipeline?: string
}

/** `sidestep stack validate`: what is wrong with a stack, as far as it can be told without asking a provider. */
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
  const details = await stackDetails(project, name)
  try {
    return await validateMade(await project.stack(name), { details, project })
  } catch (error) {
    // It cannot even be composed: each of its components says why.
    if (!SidestepError.isInstance(error) || error.kind !== 'config') throw error
    const problems = await problemsOfParts(details, project)
    return { details, problems: problems.length > 0 ? problems : [problemOf(error)], isComposed: false, steps: [] }
  }
}

async function validateWithPipeline(
  named: string,
  { name, project, answer }: { readonly name: string | undefined; readonly project: Project; readonly answer: Answer },
): Promise<StackValidation> {
  // Who asks about a stack alone needs none of it.
  const { checkPipelineSteps, loadPipelineWithStack } = await import('./validate-pipeline.ts')
  const { stack, isExported } = await loadPipelineWithStack(named, { name, project, answer })
  const details = isExported ? detailsOf(stack, project) : await stackDetails(project, stack.name)
  const validation = await validateMade(stack, { details, project })
  const { steps, problems } = await checkPipelineSteps(stack, project)
  return { ...validation, steps, problems: [...validation.problems, ...problems] }
}

async function validateMade(
  stack: Stack,
  { details, project }: { readonly details: StackDetails; readonly project: Project },
): Promise<StackValidation> {
  const file = await project.file()
  const problems = (await new StackValidator(stack).validate()).map((problem) => {
    const found = placeOfProblem(problem.path, details)
    const place = found === undefined ? undefined : file?.place(found.keys)
    return { ...problem, ...(found?.part && { part: found.part }), ...(place === undefined ? {} : { place }) }
  })
  return { details, problems, isComposed: true, steps: [] }
}

async function problemsOfParts({ parts }: StackDetails, project: Project): Promise<FoundProblem[]> {
  const problems: FoundProblem[] = []
  for (const part of parts) {
    if (part.name === undefined || part.place === undefined) continue
    try {
      await project.component(part.type, part.name)
    } catch (error) {
      if (!SidestepError.isInstance(error)) throw error
      problems.push({ ...problemOf(error), part, place: part.place })
    }
  }
  return problems
}

function problemOf({ message, hint = '' }: SidestepError): FoundProblem {
  return { message, hint }
}
