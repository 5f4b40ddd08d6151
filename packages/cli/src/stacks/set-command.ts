import { configError, type ActiveStack, type Project } from '@sidestep/core/project'
import type { Answer, AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { answerFromProject } from '../project/answer-from-project.ts'
import { editProject } from '../project/edit-project.ts'
import { openCliProject } from '../project/open-cli-project.ts'
import { activeStackIfAny, SAID_BY } from './active-stack.ts'
import { chooseForUser } from './choose-for-user.ts'
import { checkStackExists } from './stack-details.ts'

export interface SetStackOptions extends AnswerOptions {
  /** Into sidestep.yaml, instead of the user's own choice. */
  readonly project: boolean
  readonly unset: boolean
}

/** `sidestep stack set`. */
export function setStackCommand(name: string | undefined, options: SetStackOptions): Promise<ExitCode> {
  return answerFromProject(options, async (project, answer) => {
    if ((name === undefined) !== options.unset) {
      throw configError(
        'CONFIG_INVALID',
        name === undefined ? 'no stack is named' : 'a stack is named, and --unset is given too',
        '`sidestep stack set NAME` chooses one, `sidestep stack set --unset` takes the choice back.',
      )
    }
    if (name !== undefined) await checkStackExists(project, name)
    if (options.project) await setForProject(project, name, answer)
    else await chooseForUser(project, name, answer)
    // Read again: the file may be another now.
    const active = await activeStackIfAny(openCliProject(), answer)
    if (answer.isJson) answer.json(active === undefined ? null : { name: active.name, from: active.from })
    else answer.print(doneText(name, { active, project: options.project }))
    return EXIT.success
  })
}

/** What was done, where the active stack does not show it, and what is active now. */
function doneText(
  name: string | undefined,
  { active, project }: { readonly active: ActiveStack | undefined; readonly project: boolean },
): string[] {
  const what = project ? 'active_stack of sidestep.yaml' : 'your choice'
  const done = name === undefined ? `${what} is taken back` : `${what} is the stack ${name}`
  const isOverruled = active?.from === 'SIDESTEP_STACK' || (project && active?.from === 'choice')
  const isShown = !isOverruled && (name === undefined || active?.name === name)
  return [
    ...(isShown && active !== undefined ? [] : [done]),
    ...(active === undefined ? [] : [`the active stack is ${active.name} (${SAID_BY[active.from]})`]),
  ]
}

async function setForProject(project: Project, name: string | undefined, answer: Answer): Promise<void> {
  const file = await project.file()
  if (file === undefined && name === undefined) return
  if (file === undefined) {
    throw configError(
      'CONFIG_INVALID',
      `there is no sidestep.yaml in ${project.folder} that could say it`,
      'Without one, the built-in stack is the active one. `sidestep init` makes one.',
    )
  }
  await editProject(project, answer, (edit) => edit.setActiveStack(name))
}
