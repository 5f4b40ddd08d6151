import type { Command } from 'commander'
import type { RequirementsOptions } from '../integrations/requirements-command.ts'
import type { AnswerOptions } from './answer.ts'
import { outputOption, verboseOption, type SetExitCode } from './options.ts'

const HELP = `
Examples:
  $ sidestep integration list
  $ npm install $(sidestep integration requirements sagemaker)

An integration is an npm package that brings flavors of components. Those that package.json
names are found by themselves.`

/** `sidestep integration …`. */
export function addIntegrationCommands(program: Command, setExitCode: SetExitCode): void {
  const integration = program
    .command('integration')
    .description('list the packages that bring flavors, and what they need')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', HELP)
  integration
    .command('list')
    .description('list integrations, those that are not installed too')
    .addOption(outputOption('an array of integrations'))
    .addOption(verboseOption())
    .addHelpText('after', '\nExamples:\n  $ sidestep integration list\n  $ sidestep integration list --output json')
    .action(async (options: AnswerOptions) => {
      const { listIntegrationsCommand } = await import('../integrations/list-command.ts')
      setExitCode(await listIntegrationsCommand(options))
    })
  integration
    .command('requirements')
    .description('print what npm has to install for integrations, one package a line')
    .argument('[name...]', 'names of integrations; without any, those that are installed')
    .option('--stack <name>', 'the integrations that bring the components of a stack')
    .addOption(outputOption('an array of packages with versions'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `
Examples:
  $ npm install $(sidestep integration requirements sagemaker)
  $ sidestep integration requirements --stack prod

Each is the package of an integration, or one of the peers that it wants beside itself.`,
    )
    .action(async (names: readonly string[], options: RequirementsOptions) => {
      const { requirementsCommand } = await import('../integrations/requirements-command.ts')
      setExitCode(await requirementsCommand(names, options))
    })
}
