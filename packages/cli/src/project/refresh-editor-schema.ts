import { messageOf, writeEditorSchema, type Project } from '@sidestep/core/project'
import type { Answer } from '../commands/answer.ts'
import { sanitizeLine } from '../view/sanitize.ts'

/** Brings the schema that editors use up to date. Where that fails, a warning says so: only completion suffers. */
export async function refreshEditorSchema(project: Project, answer: Answer): Promise<void> {
  try {
    await writeEditorSchema(project.home, await project.registry())
  } catch (error) {
    answer.note([`warning: the schema for editors was not written: ${sanitizeLine(messageOf(error))}`])
  }
}
