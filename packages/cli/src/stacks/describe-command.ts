import type { Project } from '@sidestep/core/project'
import type { Answer, AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { answerFromProject } from '../project/answer-from-project.ts'
import { jsonStack, stackText } from '../view/stacks-details.ts'
import { activeStackIfAny } from './active-stack.ts'
import { stackDetails, withoutSecrets } from './stack-details.ts'

/** `sidestep stack describe`: a stack, or the active one. */
export function describeStackCommand(name: string | undefined, options: AnswerOptions): Promise<ExitCode> {
  return answerFromProject(options, async (project, answer) => {
    const details = await withoutSecrets(
      await stackDetails(project, name ?? (await project.activeStack()).name),
      project,
    )
    const active = await activeStackIfAny(project, answer)
    const shown = active?.name === details.name ? { ...details, active: active.from } : details
    if (answer.isJson) answer.json(jsonStack(shown))
    else answer.print(stackText(shown, answer.style))
    return EXIT.success
  })
}

/** Says what was done to a stack, and what comes next: in words, or as JSON the stack itself. */
export async function tellOfStack(
  name: string,
  done: string,
  { project, answer, next }: { readonly project: Project; readonly answer: Answer; readonly next?: string },
): Promise<ExitCode> {
  if (!answer.isJson) {
    answer.print([done])
    if (next !== undefined) answer.note([`next: ${next}`])
    return EXIT.success
  }
  const active = await activeStackIfAny(project, answer)
  const details = await withoutSecrets(await stackDetails(project, name), project)
  answer.json(jsonStack(active?.name === name ? { ...details, active: active.from } : details))
  return EXIT.success
}
