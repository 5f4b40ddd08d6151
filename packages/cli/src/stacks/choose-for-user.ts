import type { Project } from '@sidestep/core/project'
import type { Answer } from '../commands/answer.ts'
import { sanitizeLine } from '../view/sanitize.ts'

/** Makes a stack the user's own choice, or takes it back; says so where something stronger is set. */
export async function chooseForUser(project: Project, name: string | undefined, answer: Answer): Promise<void> {
  await project.chooseStack(name)
  const strongest = process.env['SIDESTEP_STACK'] ?? ''
  if (strongest !== '' && strongest !== name) {
    answer.note([`warning: SIDESTEP_STACK is set to ${sanitizeLine(strongest)}, and comes first; unset it`])
  }
}
