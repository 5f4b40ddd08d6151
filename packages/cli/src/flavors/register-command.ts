import { dirname } from 'node:path'
import { configError, loadSource, SidestepError, type StackComponentType } from '@sidestep/core/project'
import type { AnswerOptions } from '../commands/answer.ts'
import type { ComponentKind } from '../components/component-kind.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { answerFromProject } from '../project/answer-from-project.ts'
import { editProject } from '../project/edit-project.ts'
import { importQuietly } from '../project/open-cli-project.ts'
import { shownPath } from '../project/shown-path.ts'
import { sanitizeLine } from '../view/sanitize.ts'
import { shellWord } from '../view/shell-word.ts'
import { sourceInProject } from './source-in-project.ts'

export interface RegisterFlavorOptions extends AnswerOptions {
  /** Whether another source of the same flavor goes, though it can still be loaded. */
  readonly replace: boolean
}

/** `sidestep step-operator flavor register SOURCE`: checks what the source path names, and puts it into sidestep.yaml. */
export function registerFlavorCommand(
  kind: ComponentKind,
  typed: string,
  options: RegisterFlavorOptions,
): Promise<ExitCode> {
  return answerFromProject(options, async (project, answer) => {
    const { type, label, command } = kind
    const projectFolder = dirname(project.path)
    const source = sourceInProject(typed, { cwd: process.cwd(), projectFolder })
    const { flavor } = await loadSource(source, { projectFolder, type, importModule: importQuietly })
    const sources = (await project.file())?.flavors[type] ?? {}
    const before = Object.hasOwn(sources, flavor) ? sources[flavor] : undefined
    const known = before === source
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
      if (before !== undefined && !options.replace && (await loads(before, { projectFolder, type }))) {
        throw configError(
          'NAME_TAKEN',
          `the ${label} flavor ${flavor} is ${before} already, at ${(await project.file())?.place(['flavors', type, flavor])}`,
          `Give the class another FLAVOR, or put it in the place of that one: \`sidestep ${command} flavor register ${shellWord(typed)} --replace\`.`,
        )
      }
      await editProject(project, answer, (edit) =>
        edit.addFlavor(type, flavor, source, { replace: before !== undefined }),
      )
    }

    if (answer.isJson) {
      const replaced = known ? null : (before ?? null)
      answer.json({ type, flavor, source, file: project.path, registered: !known, replaced })
    } else {
      const instead = before === undefined ? '' : `, in the place of ${before}`
      const did = known ? 'is registered already' : `registered in ${shownPath(project.path)}${instead}`
      answer.print([sanitizeLine(`${label} flavor ${flavor} (${source}) ${did}`)])
      answer.note([
        `next: sidestep ${command} register NAME --flavor ${flavor}`,
        `what it takes: sidestep ${command} flavor describe ${flavor}`,
      ])
    }
    return EXIT.success
  })
}

/** A file that was moved leaves a source that leads nowhere. */
async function loads(
  source: string,
  where: { readonly projectFolder: string; readonly type: StackComponentType },
): Promise<boolean> {
  try {
    await loadSource(source, { ...where, importModule: importQuietly })
    return true
  } catch (error) {
    if (SidestepError.isInstance(error) && error.kind === 'config') return false
    throw error
  }
}
