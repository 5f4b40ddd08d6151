import type { AnswerOptions } from '../commands/answer.ts'
import type { ComponentKind } from '../components/component-kind.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { answerFromProject } from '../project/answer-from-project.ts'
import { jsonFlavor } from '../view/flavors-json.ts'
import { flavorsTable } from '../view/flavors-list.ts'

/** `sidestep step-operator flavor list`: what can implement a component of a type, installed or not. */
export function listFlavorsCommand({ type }: ComponentKind, options: AnswerOptions): Promise<ExitCode> {
  return answerFromProject(options, async (project, answer) => {
    const flavors = (await project.registry()).list(type)
    if (answer.isJson) answer.json(flavors.map(jsonFlavor))
    else if (flavors.length > 0) answer.print(flavorsTable(flavors, { style: answer.style, columns: answer.columns }))
    else answer.note([`there is no flavor of the type ${type} yet`])
    return EXIT.success
  })
}
