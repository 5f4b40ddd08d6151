import type { AnswerOptions } from '../commands/answer.ts'
import type { ExitCode } from '../exit-codes.ts'
import { answerFromProject } from '../project/answer-from-project.ts'
import { editProject } from '../project/edit-project.ts'
import { openCliProject } from '../project/open-cli-project.ts'
import { shownPath } from '../project/shown-path.ts'
import { isUsersChoice } from './active-stack.ts'
import { checkWritten } from './check-written.ts'
import { tellOfStack } from './describe-command.ts'

/** `sidestep stack rename`. The user's own choice follows. */
export function renameStackCommand(name: string, newName: string, options: AnswerOptions): Promise<ExitCode> {
  return answerFromProject(options, async (project, answer) => {
    await checkWritten(project, name)
    const chosen = await isUsersChoice(name)
    await editProject(project, answer, (edit) => edit.renameStack(name, newName))
    const changed = openCliProject()
    if (chosen) await changed.chooseStack(newName)
    if (process.env['SIDESTEP_STACK'] === name) {
      answer.note([`warning: SIDESTEP_STACK still says ${name}; set it to ${newName}`])
    }
    return tellOfStack(newName, `renamed the stack ${name} to ${newName} in ${shownPath(project.path)}`, {
      project: changed,
      answer,
    })
  })
}
