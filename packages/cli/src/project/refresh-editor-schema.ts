import { dirname, join } from 'node:path'
import { messageOf, writeEditorSchema, type Project } from '@sidestep/core/project'
import type { Answer } from '../commands/answer.ts'
import { sanitizeLine } from '../view/sanitize.ts'

/** Where the first line of sidestep.yaml says that the schema is: beside it, also where the home folder is elsewhere. */
export function editorSchemaFolder({ path }: Project): string {
  return join(dirname(path), '.sidestep')
}

/** Brings the schema that editors use up to date. Where that fails, a warning says so: only completion suffers. */
export async function refreshEditorSchema(project: Project, answer: Answer): Promise<void> {
  try {
    await writeEditorSchema(editorSchemaFolder(project), await project.registry())
  } catch (error) {
    answer.note([`warning: the schema for editors was not written: ${sanitizeLine(messageOf(error))}`])
  }
}
