import type { Command } from 'commander'
import type { ComponentKind } from '../components/component-kind.ts'
import type { RegisterFlavorOptions } from '../flavors/register-command.ts'
import type { AnswerOptions } from './answer.ts'
import { outputOption, verboseOption, type SetExitCode } from './options.ts'
// Loaded with the commands: the list is often asked for, and a file of its own takes longer than its code.
import { listFlavorsCommand } from '../flavors/list-command.ts'

type AddCommand = (flavors: Command, kind: ComponentKind, setExitCode: SetExitCode) => void

/** By their words, in the order of the help. */
const COMMANDS: ReadonlyMap<string, AddCommand> = new Map([
  ['list', addList],
  ['register', addRegister],
  ['describe', addDescribe],
  ['delete', addDelete],
])

/** `sidestep step-operator flavor …`; where `word` is one of its commands, that one is enough. */
export function addFlavorCommands(components: Command, kind: ComponentKind, setExitCode: SetExitCode, word = ''): void {
  const { command, labels, example } = kind
  const flavors = components
    .command('flavor')
    .description(`what implements ${labels}: those of installed integrations, and your own`)
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText(
      'after',
      `
Examples:
  $ sidestep ${command} flavor list
  $ sidestep ${command} flavor describe ${example.flavor}
  $ sidestep ${command} flavor register ${example.source}`,
    )
  const called = COMMANDS.get(word)
  for (const add of called === undefined ? COMMANDS.values() : [called]) add(flavors, kind, setExitCode)
}

function addList(flavors: Command, kind: ComponentKind, setExitCode: SetExitCode): void {
  const start = `$ sidestep ${kind.command} flavor list`
  flavors
    .command('list')
    .description('list the flavors, with those that are known and not installed')
    .addOption(outputOption('an array of flavors'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `\nExamples:\n  ${start}\n  ${start} --output json | jq -r '.[] | select(.state == "installed") | .flavor'`,
    )
    .action(async (options: AnswerOptions) => {
      setExitCode(await listFlavorsCommand(kind, options))
    })
}

function addRegister(flavors: Command, kind: ComponentKind, setExitCode: SetExitCode): void {
  const { command, one, example } = kind
  flavors
    .command('register')
    .description(`register ${one} flavor of your own by its source path`)
    .argument('<source>', './file.ts#Export, or package#Export')
    .option('--replace', 'in the place of another source of the same flavor', false)
    .addOption(outputOption('the flavor'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `
Examples:
  $ sidestep ${command} flavor register ${example.source}
  $ sidestep ${command} flavor register my-package#${example.source.replace(/^.*#/, '')}

The export is a class that extends the base class of its type, with a static FLAVOR, or what
defineFlavor() returned. It is loaded and checked, and written to \`flavors\` of sidestep.yaml.
Paths are relative to the working directory, and are written relative to sidestep.yaml.
A source that does not load any more, as that of a file that was moved, is replaced.`,
    )
    .action(async (source: string, options: RegisterFlavorOptions) => {
      const { registerFlavorCommand } = await import('../flavors/register-command.ts')
      setExitCode(await registerFlavorCommand(kind, source, options))
    })
}

function addDescribe(flavors: Command, kind: ComponentKind, setExitCode: SetExitCode): void {
  const start = `$ sidestep ${kind.command} flavor describe ${kind.example.flavor}`
  flavors
    .command('describe')
    .description('show a flavor: where it comes from, and every key that it takes')
    .argument('<name>', 'the name of the flavor')
    .addOption(outputOption('one document with the JSON schemas'))
    .addOption(verboseOption())
    .addHelpText('after', `\nExamples:\n  ${start}\n  ${start} --output json | jq .configSchema`)
    .action(async (name: string, options: AnswerOptions) => {
      const { describeFlavorCommand } = await import('../flavors/describe-command.ts')
      setExitCode(await describeFlavorCommand(kind, name, options))
    })
}

function addDelete(flavors: Command, kind: ComponentKind, setExitCode: SetExitCode): void {
  flavors
    .command('delete')
    .description('take a flavor of your own out of sidestep.yaml; one that a component has stays')
    .argument('<name>', 'the name of the flavor')
    .addOption(outputOption('what was deleted'))
    .addOption(verboseOption())
    .addHelpText('after', `\nExamples:\n  $ sidestep ${kind.command} flavor delete my_flavor\n\nThe code stays.`)
    .action(async (name: string, options: AnswerOptions) => {
      const { deleteFlavorCommand } = await import('../flavors/delete-command.ts')
      setExitCode(await deleteFlavorCommand(kind, name, options))
    })
}
