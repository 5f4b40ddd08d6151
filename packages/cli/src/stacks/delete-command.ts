import { configError, type ProjectFile } from '@sidestep/core/project'
import type { AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { answerFromProject } from '../project/answer-from-project.ts'
import { editProject } from '../project/edit-project.ts'
import { shownPath } from '../project/shown-path.ts'
import { isUsersChoice } from './active-stack.ts'
import { checkWritten } from './check-written.ts'

export interface DeleteStackOptions extends AnswerOptions {
  readonly force: boolean
}

/** `sidestep stack delete`. The active stack goes only by force, and so does the choice of it. */
export function deleteStackCommand(name: string, options: DeleteStackOptions): Promise<ExitCode> {
  return answerFromProject(options, async (project, answer) => {
    await checkWritten(project, name)
    const chosen = await isUsersChoice(name)
    await editProject(project, answer, (edit) => {
      if (!options.force) refuseActive(edit.file, { name, chosen })
      if (edit.file.activeStack === name) edit.setActiveStack(undefined)
      edit.deleteStack(name)
    })
    if (chosen) await project.chooseStack(undefined)
    if (process.env['SIDESTEP_STACK'] === name) answer.note([`warning: SIDESTEP_STACK still says ${name}; unset it`])
    if (answer.isJson) answer.json({ name, deleted: true })
    else answer.print([`deleted the stack ${name} from ${shownPath(project.path)}; its components are still there`])
    return EXIT.success
  })
}

function refuseActive(file: ProjectFile, { name, chosen }: { readonly name: string; readonly chosen: boolean }): void {
  const writtenAt = file.activeStack === name ? file.place(['active_stack']) : undefined
  if (!chosen && writtenAt === undefined) return
  throw configError(
    'COMPONENT_IN_USE',
    `the stack ${name} is the active one: ${chosen ? 'you have chosen it' : `${writtenAt} says so`}`,
    'Choose another first (`sidestep stack set NAME`, with --project for everybody), or delete it with --force.',
  )
}
