import type { AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { answerFromProject } from '../project/answer-from-project.ts'
import { editProject } from '../project/edit-project.ts'
import { shownPath } from '../project/shown-path.ts'
import { jsonComponent } from '../view/components-json.ts'
import { sanitizeLine } from '../view/sanitize.ts'
import type { ComponentKind } from './component-kind.ts'
import { componentsOf, findComponent } from './find-component.ts'
import { knownSchemas } from './known-schemas.ts'

/** `sidestep step-operator rename NAME NEW`: the stacks that name it follow. */
export function renameComponentCommand(
  kind: ComponentKind,
  name: string,
  newName: string,
  options: AnswerOptions,
): Promise<ExitCode> {
  return answerFromProject(options, async (project, answer) => {
    const { stacks, entry } = await findComponent(project, kind, name)
    const file = await editProject(project, answer, (edit) => edit.renameComponent(kind.type, name, newName))
    const renamed = componentsOf(file, kind.type).find((one) => one.name === newName)
    if (answer.isJson) {
      const schemas = await knownSchemas(project, kind.type, [entry.flavor])
      answer.json(renamed === undefined ? null : jsonComponent(kind.type, renamed, schemas.get(entry.flavor)))
    } else {
      const followed = stacks.length === 0 ? '' : `; so it is called in ${stacks.join(', ')} now`
      answer.print([sanitizeLine(`renamed the ${kind.label} ${name} to ${newName}${followed}`)])
    }
    if (kind.type === 'step_operator') {
      answer.note([
        `warning: steps that name it in code must follow: stepOperator: '${name}' becomes stepOperator: '${newName}'`,
      ])
    }
    return EXIT.success
  })
}

/** `sidestep step-operator copy NAME NEW`. */
export function copyComponentCommand(
  kind: ComponentKind,
  name: string,
  newName: string,
  options: AnswerOptions,
): Promise<ExitCode> {
  return answerFromProject(options, async (project, answer) => {
    const { entry } = await findComponent(project, kind, name)
    const file = await editProject(project, answer, (edit) => edit.copyComponent(kind.type, name, newName))
    const copy = componentsOf(file, kind.type).find((one) => one.name === newName)
    if (answer.isJson) {
      const schemas = await knownSchemas(project, kind.type, [entry.flavor])
      answer.json(copy === undefined ? null : jsonComponent(kind.type, copy, schemas.get(entry.flavor)))
    } else {
      const place = file.place(['components', kind.type, newName])
      answer.print([sanitizeLine(`copied the ${kind.label} ${name} to ${newName} in ${place}`)])
    }
    return EXIT.success
  })
}

/** `sidestep step-operator delete NAME`. */
export function deleteComponentCommand(kind: ComponentKind, name: string, options: AnswerOptions): Promise<ExitCode> {
  return answerFromProject(options, async (project, answer) => {
    await findComponent(project, kind, name)
    const file = await editProject(project, answer, (edit) => edit.deleteComponent(kind.type, name))
    if (answer.isJson) answer.json({ type: kind.type, name, deleted: true })
    else answer.print([sanitizeLine(`deleted the ${kind.label} ${name} from ${shownPath(file.path)}`)])
    return EXIT.success
  })
}
