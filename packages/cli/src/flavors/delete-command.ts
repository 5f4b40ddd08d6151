import { configError } from '@sidestep/core/project'
import type { AnswerOptions } from '../commands/answer.ts'
import type { ComponentKind } from '../components/component-kind.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { answerFromProject } from '../project/answer-from-project.ts'
import { editProject } from '../project/edit-project.ts'
import { shownPath } from '../project/shown-path.ts'
import { sanitizeLine } from '../view/sanitize.ts'
import { knownFlavor } from './describe-command.ts'

/** `sidestep step-operator flavor delete NAME`: of those that the project has registered. Its code stays. */
export function deleteFlavorCommand(kind: ComponentKind, name: string, options: AnswerOptions): Promise<ExitCode> {
  return answerFromProject(options, async (project, answer) => {
    const { type, label } = kind
    const sources = (await project.file())?.flavors[type] ?? {}
    const source = Object.hasOwn(sources, name) ? sources[name] : undefined
    if (source === undefined) {
      const known = await knownFlavor(project, kind, name)
      throw configError(
        'FLAVOR_INVALID',
        `the ${label} flavor ${name} is not registered in ${shownPath(project.path)}: it comes with the package ${known.source}`,
        known.state === 'installed' ? `npm uninstall ${known.source} takes it away.` : undefined,
      )
    }
    await editProject(project, answer, (edit) => edit.deleteFlavor(type, name))
    if (answer.isJson) answer.json({ type, flavor: name, source, deleted: true })
    else
      answer.print([
        sanitizeLine(`deleted the ${label} flavor ${name} from ${shownPath(project.path)}; ${source} is still there`),
      ])
    return EXIT.success
  })
}
