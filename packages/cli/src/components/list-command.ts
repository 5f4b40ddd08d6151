import type { AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { answerFromProject } from '../project/answer-from-project.ts'
import { shownPath } from '../project/shown-path.ts'
import { jsonComponent } from '../view/components-json.ts'
import { componentsTable } from '../view/components-list.ts'
import type { ComponentKind } from './component-kind.ts'
import { componentsOf } from './find-component.ts'
import { knownSchemas } from './known-schemas.ts'

/** `sidestep step-operator list`: the components of a type that sidestep.yaml has. */
export function listComponentsCommand(kind: ComponentKind, options: AnswerOptions): Promise<ExitCode> {
  return answerFromProject(options, async (project, answer) => {
    const file = await project.file()
    const components = file === undefined ? [] : componentsOf(file, kind.type)
    const flavors = components.map(({ entry }) => entry.flavor)
    const schemas = await knownSchemas(project, kind.type, flavors)
    if (answer.isJson) {
      answer.json(components.map((one) => jsonComponent(kind.type, one, schemas.get(one.entry.flavor))))
    } else if (components.length > 0) {
      answer.print(componentsTable(components, { schemas, style: answer.style, columns: answer.columns }))
    } else {
      const register = `sidestep ${kind.command} register NAME --flavor FLAVOR`
      answer.note([`there is no ${kind.label} in ${shownPath(project.path)} yet`, `register one: ${register}`])
    }
    return EXIT.success
  })
}
