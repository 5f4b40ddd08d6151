import { join } from 'node:path'
import { editorSchema, writeEditorSchema } from '@sidestep/core/project'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { answerFromProject } from './answer-from-project.ts'

export interface SchemaOptions {
  readonly write: boolean
  readonly verbose: boolean
}

/** `sidestep schema`: for editors. */
export function schemaCommand({ write, verbose }: SchemaOptions): Promise<ExitCode> {
  return answerFromProject({ output: 'text', verbose }, async (project, answer) => {
    const registry = await project.registry()
    if (write) {
      await writeEditorSchema(project.home, registry)
      answer.note([`the schema is in ${join(project.home, 'sidestep.schema.json')}`])
    } else {
      answer.print([JSON.stringify(await editorSchema(registry), undefined, 2)])
    }
    return EXIT.success
  })
}
