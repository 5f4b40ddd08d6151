import type { Command } from 'commander'
import type { RegisterStackOptions } from '../stacks/register-command.ts'
import type { DeleteStackOptions } from '../stacks/delete-command.ts'
import type { SetStackOptions } from '../stacks/set-command.ts'
import type { UpdateStackOptions } from '../stacks/update-command.ts'
import type { ValidateStackOptions } from '../stacks/validate-command.ts'
import type { AnswerOptions } from './answer.ts'
import { RepeatableOption } from './given-once.ts'
import { outputOption, verboseOption, type SetExitCode } from './options.ts'

const HELP = `
Examples:
  $ sidestep stack register prod -a lake -s gpu -c images -i oci
  $ sidestep stack set prod
  $ sidestep stack validate
  $ sidestep stack list

A stack is an artifact store, one or more step operators, and for operators that run images a
container registry and an image builder. Its components are registered first:
sidestep artifact-store register --help. Stacks are written in sidestep.yaml.
The stack default is built in: everything on this machine.`

const NAME = 'the name of a stack'

/** `sidestep stack …`. */
export function addStackCommands(program: Command, setExitCode: SetExitCode): void {
  const stack = program
    .command('stack')
    .description('compose stacks of components, and choose one')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', HELP)
  addRegister(stack, setExitCode)
  addList(stack, setExitCode)
  addGet(stack, setExitCode)
  addSet(stack, setExitCode)
  addDescribe(stack, setExitCode)
  addUpdate(stack, setExitCode)
  addCopy(stack, setExitCode)
  addRename(stack, setExitCode)
  addDelete(stack, setExitCode)
  addValidate(stack, setExitCode)
}

function addRegister(stack: Command, setExitCode: SetExitCode): void {
  stack
    .command('register')
    .description('compose a stack of components that are registered')
    .argument('<name>', 'letters, digits, "_", "." and "-", 63 at most')
    .option('-a, --artifact-store <name>', 'where inputs and results are kept')
    .addOption(new RepeatableOption('-s, --step-operator <name>', 'where steps run; once for each'))
    .option('--default-step-operator <name>', 'what `stepOperator: true` means, where there are several')
    .option('-c, --container-registry <name>', 'for operators that run images')
    .option('-i, --image-builder <name>', 'for operators that run images')
    .option('--set-active', 'choose it too, as `stack set` does', false)
    .addOption(outputOption('the stack as in `stack describe`'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `
Examples:
  $ sidestep stack register here -a disk -s processes
  $ sidestep stack register prod -a lake -s gpu -s cpu --default-step-operator cpu -c images -i oci --set-active`,
    )
    .action(async (name: string, options: RegisterStackOptions) => {
      const { registerStackCommand } = await import('../stacks/register-command.ts')
      setExitCode(await registerStackCommand(name, options))
    })
}

function addList(stack: Command, setExitCode: SetExitCode): void {
  stack
    .command('list')
    .description('list the stacks, and which one is active')
    .addOption(outputOption('an array of stacks'))
    .addOption(verboseOption())
    .addHelpText('after', '\nExamples:\n  $ sidestep stack list\n  $ sidestep stack list --output json')
    .action(async (options: AnswerOptions) => {
      const { listStacksCommand } = await import('../stacks/list-command.ts')
      setExitCode(await listStacksCommand(options))
    })
}

function addGet(stack: Command, setExitCode: SetExitCode): void {
  stack
    .command('get')
    .description('print the name of the active stack; who says so goes to stderr')
    .addOption(outputOption('its name, and who says so'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `
Examples:
  $ sidestep stack get
  $ SIDESTEP_STACK=prod sidestep stack get --output json

The first of these that is there: --stack of a command, SIDESTEP_STACK, your own choice
(sidestep stack set), active_stack of sidestep.yaml, the built-in stack default.`,
    )
    .action(async (options: AnswerOptions) => {
      const { getStackCommand } = await import('../stacks/get-command.ts')
      setExitCode(await getStackCommand(options))
    })
}

function addSet(stack: Command, setExitCode: SetExitCode): void {
  stack
    .command('set')
    .description('choose the active stack')
    .argument('[name]', NAME)
    .option('--project', 'for everybody: writes active_stack into sidestep.yaml', false)
    .option('--unset', 'take the choice back', false)
    .addOption(outputOption('the active stack as in `stack get`'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `
Examples:
  $ sidestep stack set prod
  $ sidestep stack set prod --project
  $ sidestep stack set --unset

Your own choice is kept in .sidestep, which is not committed.`,
    )
    .action(async (name: string | undefined, options: SetStackOptions) => {
      const { setStackCommand } = await import('../stacks/set-command.ts')
      setExitCode(await setStackCommand(name, options))
    })
}

function addDescribe(stack: Command, setExitCode: SetExitCode): void {
  stack
    .command('describe')
    .description('show the components of a stack, with their configuration')
    .argument('[name]', `${NAME}; without it the active one`)
    .addOption(outputOption('the stack'))
    .addOption(verboseOption())
    .addHelpText('after', '\nExamples:\n  $ sidestep stack describe\n  $ sidestep stack describe prod --output json')
    .action(async (name: string | undefined, options: AnswerOptions) => {
      const { describeStackCommand } = await import('../stacks/describe-command.ts')
      setExitCode(await describeStackCommand(name, options))
    })
}

function addUpdate(stack: Command, setExitCode: SetExitCode): void {
  stack
    .command('update')
    .description('change the components of a stack')
    .argument('<name>', NAME)
    .option('-a, --artifact-store <name>', 'another artifact store')
    .addOption(new RepeatableOption('-s, --step-operator <name>', 'one more step operator; once for each'))
    .addOption(new RepeatableOption('--remove-step-operator <name>', 'a step operator that goes; once for each'))
    .option('--default-step-operator <name>', 'what `stepOperator: true` means')
    .option('--no-default-step-operator', 'there is no default any more')
    .option('-c, --container-registry <name>', 'another container registry')
    .option('--no-container-registry', 'none any more')
    .option('-i, --image-builder <name>', 'another image builder')
    .option('--no-image-builder', 'none any more')
    .addOption(outputOption('the stack as in `stack describe`'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `
Examples:
  $ sidestep stack update prod -s big --remove-step-operator gpu
  $ sidestep stack update prod --no-image-builder

What is not named stays as it is.`,
    )
    .action(async (name: string, options: UpdateStackOptions) => {
      const { updateStackCommand } = await import('../stacks/update-command.ts')
      setExitCode(await updateStackCommand(name, options))
    })
}

function addCopy(stack: Command, setExitCode: SetExitCode): void {
  stack
    .command('copy')
    .description('register a stack again under another name')
    .argument('<name>', NAME)
    .argument('<new-name>', 'the name of the copy')
    .addOption(outputOption('the copy as in `stack describe`'))
    .addOption(verboseOption())
    .addHelpText('after', '\nExamples:\n  $ sidestep stack copy prod staging')
    .action(async (name: string, newName: string, options: AnswerOptions) => {
      const { copyStackCommand } = await import('../stacks/copy-command.ts')
      setExitCode(await copyStackCommand(name, newName, options))
    })
}

function addRename(stack: Command, setExitCode: SetExitCode): void {
  stack
    .command('rename')
    .description('give a stack another name; where it is active it stays so')
    .argument('<name>', NAME)
    .argument('<new-name>', 'its new name')
    .addOption(outputOption('the stack as in `stack describe`'))
    .addOption(verboseOption())
    .addHelpText('after', '\nExamples:\n  $ sidestep stack rename prod production')
    .action(async (name: string, newName: string, options: AnswerOptions) => {
      const { renameStackCommand } = await import('../stacks/rename-command.ts')
      setExitCode(await renameStackCommand(name, newName, options))
    })
}

function addDelete(stack: Command, setExitCode: SetExitCode): void {
  stack
    .command('delete')
    .description('delete a stack; its components stay')
    .argument('<name>', NAME)
    .option('--force', 'also the active one; the choice of it is taken back', false)
    .addOption(outputOption('its name'))
    .addOption(verboseOption())
    .addHelpText('after', '\nExamples:\n  $ sidestep stack delete staging\n  $ sidestep stack delete prod --force')
    .action(async (name: string, options: DeleteStackOptions) => {
      const { deleteStackCommand } = await import('../stacks/delete-command.ts')
      setExitCode(await deleteStackCommand(name, options))
    })
}

function addValidate(stack: Command, setExitCode: SetExitCode): void {
  stack
    .command('validate')
    .description('look for what is wrong with a stack before anything runs')
    .argument('[name]', `${NAME}; without it the active one`)
    .option('--pipeline <file>', 'also what its steps ask of their operators')
    .addOption(outputOption('what was tried and what is wrong'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `
Examples:
  $ sidestep stack validate
  $ sidestep stack validate prod --pipeline src/pipeline.ts

No provider is asked; with --pipeline, operators may read what a request depends on, as for
sidestep plan. Exit codes: 0 nothing was found; 2 something is wrong.`,
    )
    .action(async (name: string | undefined, options: ValidateStackOptions) => {
      const { validateStackCommand } = await import('../stacks/validate-command.ts')
      setExitCode(await validateStackCommand(name, options))
    })
}
