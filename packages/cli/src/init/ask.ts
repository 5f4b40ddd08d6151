import { confirm, isCancel, text } from '@clack/prompts'
import { messageOf } from '@sidestep/core/project'
import { terminalSize } from '../view/terminal-size.ts'
import type { InitChoices } from './init-choices.ts'
import { checkPackageName } from './package-name.ts'
import { checkPipelineFile } from './pipeline-path.ts'

/** What the options have said already, and is not asked. */
export type Said = { readonly [K in keyof InitChoices]?: InitChoices[K] | undefined }

/** Asks on the terminal for what is not said; the defaults stand there. Resolves to `undefined` on Ctrl-C. */
export async function askFor(defaults: InitChoices, said: Said): Promise<InitChoices | undefined> {
  // On a terminal that says it has no columns, each letter would get a line.
  process.stdout.columns ||= terminalSize(process.stdout).columns
  const name = said.name ?? (await askText('Name of the package', defaults.name, checkPackageName))
  if (name === undefined) return undefined
  const pipeline = said.pipeline ?? (await askText('File of the pipeline', defaults.pipeline, checkPipelineFile))
  if (pipeline === undefined) return undefined
  const install = said.install ?? (await confirm({ message: 'Install the packages now?', initialValue: true }))
  return isCancel(install) ? undefined : { name, pipeline, install }
}

async function askText(message: string, value: string, check: (text: string) => void): Promise<string | undefined> {
  const answer = await text({
    message,
    defaultValue: value,
    placeholder: value,
    validate: (typed) => {
      try {
        if (typed !== undefined && typed !== '') check(typed)
        return undefined
      } catch (error) {
        return messageOf(error)
      }
    },
  })
  return isCancel(answer) ? undefined : answer
}
