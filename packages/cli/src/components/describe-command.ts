import type { Project } from '@sidestep/core/project'
import type { AnswerOptions } from '../commands/answer.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { answerFromProject } from '../project/answer-from-project.ts'
import { componentDescription, componentText, type DescribedFlavor } from '../view/components-description.ts'
import type { ComponentKind } from './component-kind.ts'
import { configJsonSchema, findComponent } from './find-component.ts'

/** `sidestep step-operator describe NAME`: what the file says of a component, and what its flavor makes of it. */
export function describeComponentCommand(kind: ComponentKind, name: string, options: AnswerOptions): Promise<ExitCode> {
  return answerFromProject(options, async (project, answer) => {
    const found = await findComponent(project, kind, name)
    const flavor = await describedFlavor(project, kind, found.entry.flavor)
    if (answer.isJson) answer.json(componentDescription(kind, found, flavor, answer))
    else answer.print(componentText(kind, found, flavor, { style: answer.style, columns: answer.columns }))
    return EXIT.success
  })
}

/** A flavor that is missing or damaged is a part of the answer. */
async function describedFlavor(project: Project, { type }: ComponentKind, name: string): Promise<DescribedFlavor> {
  const registry = await project.registry()
  const known = registry.list(type).find(({ flavor }) => flavor === name)
  try {
    const flavor = await registry.get(type, name)
    const jsonSchema = await configJsonSchema(flavor)
    return { known, ...(jsonSchema === undefined ? {} : { jsonSchema }) }
  } catch (problem) {
    return { known, problem }
  }
}
