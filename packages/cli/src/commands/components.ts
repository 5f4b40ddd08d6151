import type { Command } from 'commander'
import { COMPONENT_KINDS, type ComponentKind } from '../components/component-kind.ts'
import { LateCommand } from '../components/late-command.ts'
import type { AnswerOptions } from './answer.ts'
import { addFlavorCommands } from './flavors.ts'
import { outputOption, verboseOption, type SetExitCode } from './options.ts'

type AddCommand = (components: Command, kind: ComponentKind, setExitCode: SetExitCode, word?: string) => void

/** By their words, in the order of the help. */
const COMMANDS: ReadonlyMap<string, AddCommand> = new Map([
  ['flavor', addFlavorCommands],
  ['register', addRegister],
  ['list', addList],
  ['describe', addDescribe],
  ['update', addUpdate],
  ['rename', addRename],
  ['copy', addCopy],
  ['delete', addDelete],
])

/** `sidestep step-operator …`, and the same for the other component types. */
export function addComponentCommands(
  program: Command,
  setExitCode: SetExitCode,
  [word = '', next = '', last = '']: readonly string[] = [],
): void {
  const called = COMPONENT_KINDS.filter(({ command }) => command === word)
  const command = COMMANDS.get(next)
  const commands = called.length > 0 && command !== undefined ? [command] : [...COMMANDS.values()]
  for (const kind of called.length > 0 ? called : COMPONENT_KINDS) {
    const components = addKind(program, kind)
    for (const add of commands) add(components, kind, setExitCode, called.length > 0 ? last : '')
  }
}

function addKind(program: Command, kind: ComponentKind): Command {
  const { command, labels, summary, example } = kind
  return program
    .command(command)
    .description(`${labels}: ${summary}`)
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText(
      'after',
      `
Examples:
  $ sidestep ${command} flavor list
  $ sidestep ${command} register ${example.name} --flavor ${example.flavor} ${example.option}
  $ sidestep ${command} list

They are written to the nearest sidestep.yaml upwards; its comments and order stay.`,
    )
}

function addRegister(components: Command, kind: ComponentKind, setExitCode: SetExitCode): void {
  const { command, one, example } = kind
  const start = `$ sidestep ${command} register ${example.name} --flavor ${example.flavor}`
  new LateCommand('register', components)
    .argument('<name>', 'the name of the component')
    .description(`register ${one}, with the options of its flavor`)
    .usage('<name> --flavor <flavor> [options]')
    .option('--flavor <flavor>', 'what implements it')
    .option('--set <key=value>', 'sets any key, also inside of an object; the value is JSON or text (repeatable)')
    .addOption(outputOption('the component'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `\nThe flavor has options of its own; the last example shows them.\n\nExamples:\n  ${start} ${example.option}\n  ${start} --help`,
    )
    .action(async (_name: string, _options: object, self: Command) => {
      const { registerCommand } = await import('../components/register-command.ts')
      setExitCode(await registerCommand(kind, self.args, components))
    })
}

function addUpdate(components: Command, kind: ComponentKind, setExitCode: SetExitCode): void {
  const { command, one, example } = kind
  const start = `$ sidestep ${command} update ${example.name}`
  new LateCommand('update', components)
    .argument('<name>', 'the name of the component')
    .description(`change the configuration of ${one}; what is not named stays`)
    .usage('<name> [options]')
    .option('--set <key=value>', 'sets any key, also inside of an object; the value is JSON or text (repeatable)')
    .option('--unset <key>', 'takes a key away (repeatable)')
    .addOption(outputOption('the component'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `\nIts flavor has options of its own; the last example shows them.\n\nExamples:\n  ${start} ${example.option}\n  ${start} --unset key\n  ${start} --help`,
    )
    .action(async (_name: string, _options: object, self: Command) => {
      const { updateCommand } = await import('../components/update-command.ts')
      setExitCode(await updateCommand(kind, self.args, components))
    })
}

function addList(components: Command, kind: ComponentKind, setExitCode: SetExitCode): void {
  const { command, labels } = kind
  components
    .command('list')
    .description(`list the ${labels} of the project, with the stacks that use them`)
    .addOption(outputOption('an array of components'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `\nExamples:\n  $ sidestep ${command} list\n  $ sidestep ${command} list --output json | jq -r '.[].name'`,
    )
    .action(async (options: AnswerOptions) => {
      const { listComponentsCommand } = await import('../components/list-command.ts')
      setExitCode(await listComponentsCommand(kind, options))
    })
}

function addDescribe(components: Command, kind: ComponentKind, setExitCode: SetExitCode): void {
  const start = `$ sidestep ${kind.command} describe ${kind.example.name}`
  components
    .command('describe')
    .description(`show ${kind.one}: its configuration with defaults, its place, the stacks that use it`)
    .argument('<name>', 'the name of the component')
    .addOption(outputOption('one document'))
    .addOption(verboseOption())
    .addHelpText('after', `\nExamples:\n  ${start}\n  ${start} --output json | jq .config`)
    .action(async (name: string, options: AnswerOptions) => {
      const { describeComponentCommand } = await import('../components/describe-command.ts')
      setExitCode(await describeComponentCommand(kind, name, options))
    })
}

function addRename(components: Command, kind: ComponentKind, setExitCode: SetExitCode): void {
  const code = kind.type === 'step_operator' ? ' Steps that name it in code must follow.' : ''
  components
    .command('rename')
    .description(`give ${kind.one} another name`)
    .argument('<name>', 'the name that it has')
    .argument('<new-name>', 'the name that it gets')
    .addOption(outputOption('the component'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `\nExamples:\n  $ sidestep ${kind.command} rename ${kind.example.name} other\n\nThe stacks that name it follow.${code}`,
    )
    .action(async (name: string, newName: string, options: AnswerOptions) => {
      const { renameComponentCommand } = await import('../components/edit-commands.ts')
      setExitCode(await renameComponentCommand(kind, name, newName, options))
    })
}

function addCopy(components: Command, kind: ComponentKind, setExitCode: SetExitCode): void {
  const { command, one, example } = kind
  components
    .command('copy')
    .description(`register ${one} with the configuration of another`)
    .argument('<name>', 'the one that there is')
    .argument('<new-name>', 'the name of the copy')
    .addOption(outputOption('the component'))
    .addOption(verboseOption())
    .addHelpText('after', `\nExamples:\n  $ sidestep ${command} copy ${example.name} other`)
    .action(async (name: string, newName: string, options: AnswerOptions) => {
      const { copyComponentCommand } = await import('../components/edit-commands.ts')
      setExitCode(await copyComponentCommand(kind, name, newName, options))
    })
}

function addDelete(components: Command, kind: ComponentKind, setExitCode: SetExitCode): void {
  const { command, one, example } = kind
  components
    .command('delete')
    .description(`take ${one} out of sidestep.yaml; one that a stack uses stays`)
    .argument('<name>', 'the name of the component')
    .addOption(outputOption('what was deleted'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `\nExamples:\n  $ sidestep ${command} delete ${example.name}\n\nNothing but the entry in the file goes: no data, no job, no flavor.`,
    )
    .action(async (name: string, options: AnswerOptions) => {
      const { deleteComponentCommand } = await import('../components/edit-commands.ts')
      setExitCode(await deleteComponentCommand(kind, name, options))
    })
}
