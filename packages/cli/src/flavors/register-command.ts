import { dirname } from 'node:path'
import { configError, loadSource } from '@sidestep/core/project'
import type { AnswerOptions } from '../commands/answer.ts'
import type { ComponentKind } from '../components/component-kind.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { answerFromProject } from '../project/answer-from-project.ts'
import { editProject } from '../project/edit-project.ts'
import { importModule } from '../project/open-cli-project.ts'
import { sanitizeLine } from '../view/sanitize.ts'
import { sourceInProject } from './source-in-project.ts'

/** `sidestep step-operator flavor register SOURCE`: checks what the source path names, and puts it into sidestep.yaml. */
export function registerFlavorCommand(kind: ComponentKind, typed: string, options: AnswerOptions): Promise<ExitCode> {
  return answerFromProject(options, async (project, answer) => {
    const { type, label, command } = kind
    const projectFolder = dirname(project.path)
    const source = sourceInProject(typed, { cwd: process.cwd(), projectFolder })
    const { flavor } = await loadSource(source, { projectFolder, type, importModule })
    const sources = (await project.file())?.flavors[type] ?? {}
    const known = Object.hasOwn(sources, flavor) && sources[flavor] === source
    if (!known) {
      const other = (await project.registry())
        .list(type)
        .find((one) => one.flavor === flavor && one.integration !== undefined && one.state !== 'planned')
      if (other !== undefined) {
        throw configError(
          'NAME_TAKEN',
          `the ${label} of ${source} has the FLAVOR ${flavor}, which the integration ${other.integration} has too`,
          'Give the class another FLAVOR.',
        )
      }
      await editProject(project, answer, (edit) => edit.addFlavor(type, flavor, source))
    }

    if (answer.isJson) answer.json({ type, flavor, source, file: project.path, registered: !known })
    else {
      const did = known ? 'is registered already' : `registered in ${project.path}`
      answer.print([sanitizeLine(`${label} flavor ${flavor} (${source}) ${did}`)])
      answer.note([
        `next: sidestep ${command} register NAME --flavor ${flavor}`,
        `what it takes: sidestep ${command} flavor describe ${flavor}`,
      ])
    }
    return EXIT.success
  })
}
