import type { KnownIntegration } from '@sidestep/core/project'
import type { AnswerOptions } from '../commands/answer.ts'
import type { ComponentKind } from '../components/component-kind.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { answerFromProject } from '../project/answer-from-project.ts'
import { jsonFlavor, problemLines } from '../view/flavors-json.ts'
import { flavorsTable } from '../view/flavors-list.ts'

/** `sidestep step-operator flavor list`: what can implement a component of a type, installed or not. */
export function listFlavorsCommand({ type, label }: ComponentKind, options: AnswerOptions): Promise<ExitCode> {
  return answerFromProject(options, async (project, answer) => {
    const registry = await project.listing()
    const flavors = registry.list(type)
    const unknown = registry.integrations().filter(bringsUnknown)
    if (answer.isJson) {
      answer.json(flavors.map((flavor) => jsonFlavor(flavor, answer)))
      answer.note(unknown.flatMap(({ problem }) => problemLines(problem, answer.noteStyle)))
      return EXIT.success
    }
    if (flavors.length > 0) answer.print(flavorsTable(flavors, { style: answer.style, columns: answer.columns }))
    else answer.note([`there is no ${label} flavor yet`])
    answer.print(unknown.flatMap(({ problem }) => ['', ...problemLines(problem, answer.style)]))
    return EXIT.success
  })
}

/** A damaged package of which nobody knows what it brings has no row in any list. */
function bringsUnknown({ state, flavors }: KnownIntegration): boolean {
  return state === 'damaged' && flavors.length === 0
}
