import type { Project } from '@sidestep/core/project'
import { CommanderError } from 'commander'
import { Answer, type AnswerOptions } from '../commands/answer.ts'
import type { ExitCode } from '../exit-codes.ts'
import { openCliProject } from './open-cli-project.ts'

/** Answers a question about the project that the command is called in, or changes it. */
export async function answerFromProject(
  options: AnswerOptions,
  body: (project: Project, answer: Answer) => Promise<ExitCode>,
): Promise<ExitCode> {
  const answer = new Answer(options)
  try {
    return await body(openCliProject(), answer)
  } catch (error) {
    // Commander has said it already.
    if (error instanceof CommanderError) throw error
    return answer.failed(error)
  }
}
