import { configError, type StackEntry } from '@sidestep/core/project'
import type { AnswerOptions } from '../commands/answer.ts'
import type { ExitCode } from '../exit-codes.ts'
import { answerFromProject } from '../project/answer-from-project.ts'
import { editProject } from '../project/edit-project.ts'
import { openCliProject } from '../project/open-cli-project.ts'
import { shownPath } from '../project/shown-path.ts'
import { checkWritten } from './check-written.ts'
import { tellOfStack } from './describe-command.ts'

/** `false`: it goes. */
export interface UpdateStackOptions extends AnswerOptions {
  readonly artifactStore?: string
  readonly stepOperator?: readonly string[]
  readonly removeStepOperator?: readonly string[]
  readonly defaultStepOperator?: string | false
  readonly containerRegistry?: string | false
  readonly imageBuilder?: string | false
}

type StackChange = { readonly [K in keyof StackEntry]?: StackEntry[K] | undefined }

/** `sidestep stack update`. */
export function updateStackCommand(name: string, options: UpdateStackOptions): Promise<ExitCode> {
  return answerFromProject(options, async (project, answer) => {
    await checkWritten(project, name)
    await editProject(project, answer, (edit) => {
      const entry = Object.hasOwn(edit.file.stacks, name) ? edit.file.stacks[name] : undefined
      // One that somebody has deleted in between is refused by the edit itself.
      edit.updateStack(name, entry === undefined ? {} : stackChange(entry, { ...options, name }))
    })
    return tellOfStack(name, `updated the stack ${name} in ${shownPath(project.path)}`, {
      project: openCliProject(),
      answer,
    })
  })
}

/** What the options change of a stack. Throws where they change nothing, or what they leave is no stack. */
export function stackChange(
  entry: StackEntry,
  options: Omit<UpdateStackOptions, 'output' | 'verbose'> & { readonly name: string },
): StackChange {
  const { name, artifactStore, stepOperator: added = [], removeStepOperator: removed = [] } = options
  const change: StackChange = {
    ...(artifactStore === undefined ? {} : { artifactStore }),
    ...(added.length + removed.length === 0 ? {} : { stepOperators: operatorsOf(entry, { name, added, removed }) }),
    ...changed('defaultStepOperator', options.defaultStepOperator),
    ...changed('containerRegistry', options.containerRegistry),
    ...changed('imageBuilder', options.imageBuilder),
  }
  if (Object.keys(change).length === 0) {
    throw configError(
      'CONFIG_INVALID',
      `nothing of the stack ${name} is to change`,
      'Name what is: `sidestep stack update --help` lists the options.',
    )
  }
  const left = { ...entry, ...change }
  if (left.defaultStepOperator !== undefined && removed.includes(left.defaultStepOperator)) {
    throw configError(
      'STACK_INVALID',
      `${left.defaultStepOperator} is the default step operator of the stack ${name}`,
      'Name another with --default-step-operator, or none: --no-default-step-operator.',
    )
  }
  return change
}

function changed<K extends keyof StackEntry>(key: K, given: string | false | undefined): Partial<StackChange> {
  return given === undefined ? {} : { [key]: given === false ? undefined : given }
}

function operatorsOf(
  entry: StackEntry,
  change: { readonly name: string; readonly added: readonly string[]; readonly removed: readonly string[] },
): readonly string[] {
  const { name, added, removed } = change
  const stranger = removed.find((operator) => !entry.stepOperators.includes(operator))
  if (stranger !== undefined) {
    throw configError(
      'STACK_INVALID',
      `the stack ${name} has no step operator ${stranger}`,
      `It has: ${entry.stepOperators.join(', ')}.`,
    )
  }
  const both = added.find((operator) => removed.includes(operator))
  if (both !== undefined) {
    throw configError('CONFIG_INVALID', `the step operator ${both} is to come and to go`, 'Name it once.')
  }
  const left = [...new Set([...entry.stepOperators, ...added])].filter((operator) => !removed.includes(operator))
  if (left.length > 0) return left
  throw configError(
    'STACK_INVALID',
    `the stack ${name} would have no step operator any more`,
    'Add another with --step-operator, or delete the stack: `sidestep stack delete`.',
  )
}
