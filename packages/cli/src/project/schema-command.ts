import { editorSchema, writeEditorSchema } from '@sidestep/core/project'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { answerFromProject } from './answer-from-project.ts'
import { editorSchemaFolder } from './refresh-editor-schema.ts'

export interface SchemaOptions {
  readonly write: boolean
  readonly verbose: boolean
}

/** `sidestep schema`: for editors. */
export function schemaCommand({ write, verbose }: SchemaOptions): Promise<ExitCode> {
  return answerFromProject({ output: 'text', verbose }, async (project, answer) => {
    const registry = await project.registry()
    if (write) {
      const path = await writeEditorSchema(editorSchemaFolder(project), registry)
      answer.note([`the schema is in ${path}`])
    } else {
      answer.print([JSON.stringify(await editorSchema(registry), undefined, 2)])
    }
    return EXIT.success
  })
}
