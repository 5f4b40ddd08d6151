import { BUILT_IN_STACK, type ProjectFile } from '@sidestep/core/project'
import type { AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { answerFromProject } from '../project/answer-from-project.ts'
import { jsonListedStack, stacksTable, type ListedStack } from '../view/stacks-list.ts'
import { activeStackIfAny } from './active-stack.ts'

/** `sidestep stack list`. */
export function listStacksCommand(options: AnswerOptions): Promise<ExitCode> {
  return answerFromProject(options, async (project, answer) => {
    const file = await project.file()
    const active = await activeStackIfAny(project, answer)
    const stacks = listed(file).map((stack) =>
      stack.name === active?.name ? { ...stack, active: active.from } : stack,
    )
    if (answer.isJson) answer.json(stacks.map(jsonListedStack))
    else answer.print(stacksTable(stacks, answer))
    if (!answer.isJson && file === undefined) {
      answer.note(['', 'there is no sidestep.yaml yet: sidestep init, or sidestep stack register --help'])
    }
    return EXIT.success
  })
}

/** In the order of the file, the built-in one last. */
function listed(file: ProjectFile | undefined): ListedStack[] {
  const stacks = Object.entries(file?.stacks ?? {}).map(([name, entry]) => ({ name, entry }))
  return stacks.some(({ name }) => name === BUILT_IN_STACK) ? stacks : [...stacks, { name: BUILT_IN_STACK }]
}
