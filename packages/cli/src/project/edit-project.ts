import { editProjectFile, messageOf, writeEditorSchema, type Project, type ProjectFileEdit } from '@sidestep/core/project'
import type { Answer } from '../commands/answer.ts'
import { sanitizeLine } from '../view/sanitize.ts'

/** Changes the project's sidestep.yaml, or makes it, and brings the schema that editors use up to date. */
export async function editProject(
  project: Project,
  answer: Answer,
  change: (edit: ProjectFileEdit) => void | Promise<void>,
): Promise<void> {
  await editProjectFile(project.path, change)
  try {
    await writeEditorSchema(project.home, await project.registry())
  } catch (error) {
    // The file is written, and right: without the schema only completion in editors suffers.
    answer.note([`warning: the schema for editors was not written: ${sanitizeLine(messageOf(error))}`])
  }
}
