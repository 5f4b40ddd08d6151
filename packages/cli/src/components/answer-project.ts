import { CommanderError } from 'commander'
import {
  editProjectFile,
  messageOf,
  writeEditorSchema,
  type Project,
  type ProjectFile,
  type ProjectFileEdit,
} from '@sidestep/core/project'
import { Answer, type AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { openCliProject } from '../project/open-cli-project.ts'
import { sanitizeLine } from '../view/sanitize.ts'

/** Answers a question about the project's file and its flavors. */
export async function answerFromProject(
  options: AnswerOptions,
  body: (project: Project, answer: Answer) => Promise<void>,
): Promise<ExitCode> {
  const answer = new Answer(options)
  try {
    await body(openCliProject(), answer)
    return EXIT.success
  } catch (error) {
    // Commander has said it already.
    if (error instanceof CommanderError) throw error
    return answer.failed(error)
  }
}

/** Changes the project's file, or makes it, and the schema that editors use for it. */
export async function editProject(
  project: Project,
  answer: Answer,
  change: (edit: ProjectFileEdit) => void | Promise<void>,
): Promise<ProjectFile> {
  const file = await editProjectFile(project.path, change)
  await refreshEditorSchema(answer)
  return file
}

/** An editor without completion is no reason to fail: what was asked for is done. */
async function refreshEditorSchema(answer: Answer): Promise<void> {
  try {
    // Opened anew: the change may have brought a flavor.
    const project = openCliProject()
    await writeEditorSchema(project.home, await project.registry())
  } catch (error) {
    answer.note([`warning: the schema for editors was not written: ${sanitizeLine(messageOf(error))}`])
  }
}
