import { editProjectFile, type Project, type ProjectFile, type ProjectFileEdit } from '@sidestep/core/project'
import type { Answer } from '../commands/answer.ts'
import { openCliProject } from './open-cli-project.ts'
import { refreshEditorSchema } from './refresh-editor-schema.ts'

/** Changes the project's sidestep.yaml, or makes it, and brings the schema that editors use up to date. */
export async function editProject(
  project: Project,
  answer: Answer,
  change: (edit: ProjectFileEdit) => void | Promise<void>,
): Promise<ProjectFile> {
  const file = await editProjectFile(project.path, change)
  // Opened anew: the change may have brought a flavor.
  await refreshEditorSchema(openCliProject(), answer)
  return file
}
