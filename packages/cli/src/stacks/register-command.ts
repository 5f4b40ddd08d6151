import { configError, type Project, type StackEntry } from '@sidestep/core/project'
import type { AnswerOptions } from '../commands/answer.ts'
import type { ExitCode } from '../exit-codes.ts'
import { answerFromProject } from '../project/answer-from-project.ts'
import { editProject } from '../project/edit-project.ts'
import { openCliProject } from '../project/open-cli-project.ts'
import { shownPath } from '../project/shown-path.ts'
import { chooseForUser } from './choose-for-user.ts'
import { tellOfStack } from './describe-command.ts'

export interface RegisterStackOptions extends AnswerOptions {
  readonly artifactStore?: string
  readonly stepOperator?: readonly string[]
  readonly defaultStepOperator?: string
  readonly containerRegistry?: string
  readonly imageBuilder?: string
  readonly setActive: boolean
}

/** `sidestep stack register`. */
export function registerStackCommand(name: string, options: RegisterStackOptions): Promise<ExitCode> {
  return answerFromProject(options, async (project, answer) => {
    const entry = await entryOf(name, { options, project })
    await editProject(project, answer, (edit) => edit.addStack(name, entry))
    const changed = openCliProject()
    const done = `registered the stack ${name} in ${shownPath(project.path)}`
    const next = `sidestep stack ${options.setActive ? 'validate' : `set ${name}`}`
    try {
      if (options.setActive) await chooseForUser(changed, name, answer)
    } catch (error) {
      // The choice may fail by itself: what was done before must not be done again.
      answer.note([done])
      throw error
    }
    return tellOfStack(name, done, { project: changed, answer, next })
  })
}

async function entryOf(
  name: string,
  { options, project }: { readonly options: RegisterStackOptions; readonly project: Project },
): Promise<StackEntry> {
  const { artifactStore, stepOperator = [], defaultStepOperator, containerRegistry, imageBuilder } = options
  if (artifactStore === undefined) {
    throw configError(
      'STACK_INVALID',
      `the stack ${name} needs an artifact store`,
      await hint(project, { type: 'artifact_store', option: '--artifact-store', command: 'artifact-store' }),
    )
  }
  if (stepOperator.length === 0) {
    throw configError(
      'STACK_INVALID',
      `the stack ${name} needs a step operator`,
      await hint(project, { type: 'step_operator', option: '--step-operator', command: 'step-operator' }),
    )
  }
  return {
    artifactStore,
    stepOperators: stepOperator,
    ...(defaultStepOperator === undefined ? {} : { defaultStepOperator }),
    ...(containerRegistry === undefined ? {} : { containerRegistry }),
    ...(imageBuilder === undefined ? {} : { imageBuilder }),
  }
}

async function hint(
  project: Project,
  missing: {
    readonly type: 'artifact_store' | 'step_operator'
    readonly option: string
    readonly command: string
  },
): Promise<string> {
  const names = Object.keys((await project.file())?.components[missing.type] ?? {})
  if (names.length > 0) return `Name it with ${missing.option}; there is ${names.join(', ')}.`
  return `Register one: \`sidestep ${missing.command} register --help\`. Then name it with ${missing.option}.`
}
