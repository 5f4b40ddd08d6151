import {
  editProjectFile,
  messageOf,
  writeEditorSchema,
  type Project,
  type ProjectFile,
  type ProjectFileEdit,
} from '@sidestep/core/project'
import type { Answer } from '../commands/answer.ts'
import { sanitizeLine } from '../view/sanitize.ts'
import { openCliProject } from './open-cli-project.ts'

/** Changes the project's sidestep.yaml, or makes it, and brings the schema that editors use up to date. */
export async function editProject(
  project: Project,
  answer: Answer,
  change: (edit: ProjectFileEdit) => void | Promise<void>,
): Promise<ProjectFile> {
  const file = await editProjectFile(project.path, change)
  try {
    // Opened anew: the change may have brought a flavor.
    await writeEditorSchema(project.home, await openCliProject().registry())
  } catch (error) {
    // The file is written, and right: without the schema only completion in editors suffers.
    answer.note([`warning: the schema for editors was not written: ${sanitizeLine(messageOf(error))}`])
  }
  return file
}
