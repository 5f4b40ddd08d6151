import type { AnswerOptions } from '../commands/answer.ts'
import type { ExitCode } from '../exit-codes.ts'
import { answerFromProject } from '../project/answer-from-project.ts'
import { editProject } from '../project/edit-project.ts'
import { openCliProject } from '../project/open-cli-project.ts'
import { shownPath } from '../project/shown-path.ts'
import { checkWritten } from './check-written.ts'
import { tellOfStack } from './describe-command.ts'

/** `sidestep stack copy`. */
export function copyStackCommand(name: string, newName: string, options: AnswerOptions): Promise<ExitCode> {
  return answerFromProject(options, async (project, answer) => {
    await checkWritten(project, name)
    await editProject(project, answer, (edit) => edit.copyStack(name, newName))
    return tellOfStack(newName, `copied the stack ${name} to ${newName} in ${shownPath(project.path)}`, {
      project: openCliProject(),
      answer,
    })
  })
}
