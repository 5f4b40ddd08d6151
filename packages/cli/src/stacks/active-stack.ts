import { SidestepError, type ActiveStack, type Project } from '@sidestep/core/project'
import type { Answer } from '../commands/answer.ts'
import { openCliProject } from '../project/open-cli-project.ts'
import { sanitizeLine } from '../view/sanitize.ts'

/** Who says which stack is active, in a few words. */
export const SAID_BY: Readonly<Record<ActiveStack['from'], string>> = {
  SIDESTEP_STACK: 'the variable SIDESTEP_STACK says so',
  choice: 'your own choice: sidestep stack set',
  file: 'sidestep.yaml says so',
  'built-in': 'nothing else is chosen',
}

/** The active stack; where what is chosen does not exist, a warning says so, and nothing is active. */
export async function activeStackIfAny(project: Project, answer: Answer): Promise<ActiveStack | undefined> {
  try {
    return await project.activeStack()
  } catch (error) {
    if (!SidestepError.isInstance(error) || error.code === 'INTERNAL') throw error
    answer.note(
      [error.message, ...(error.hint === undefined ? [] : [error.hint])].map((line, index) =>
        index === 0 ? `warning: ${sanitizeLine(line)}` : `  ${sanitizeLine(line)}`,
      ),
    )
    return undefined
  }
}

/** Whether the user has chosen this stack with `stack set`, whatever SIDESTEP_STACK says now. */
export async function isUsersChoice(name: string): Promise<boolean> {
  const { SIDESTEP_STACK: _overrides, ...environment } = process.env
  try {
    const active = await openCliProject({ environment }).activeStack()
    return active.from === 'choice' && active.name === name
  } catch (error) {
    // A choice that leads nowhere is not this one: this one exists.
    if (SidestepError.isInstance(error) && error.code === 'STACK_UNKNOWN') return false
    throw error
  }
}
