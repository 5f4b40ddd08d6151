import type { AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { answerFromProject } from '../project/answer-from-project.ts'
import { sanitizeLine } from '../view/sanitize.ts'
import { SAID_BY } from './active-stack.ts'

/** `sidestep stack get`: the active stack. */
export function getStackCommand(options: AnswerOptions): Promise<ExitCode> {
  return answerFromProject(options, async (project, answer) => {
    const active = await project.activeStack()
    if (answer.isJson) {
      answer.json({ name: active.name, from: active.from })
      return EXIT.success
    }
    answer.print([sanitizeLine(active.name)])
    answer.note([answer.noteStyle('dim', SAID_BY[active.from])])
    return EXIT.success
  })
}
