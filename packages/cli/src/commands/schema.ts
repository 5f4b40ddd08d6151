import type { Command } from 'commander'
import type { SchemaOptions } from '../project/schema-command.ts'
import { verboseOption, type SetExitCode } from './options.ts'

/** `sidestep schema`. */
export function addSchemaCommand(program: Command, setExitCode: SetExitCode): void {
  program
    .command('schema')
    .description('print the JSON schema of sidestep.yaml, made from the flavors that are installed')
    .option('--write', 'write it to .sidestep/sidestep.schema.json instead, where editors look', false)
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `
Examples:
  $ sidestep schema --write
  $ sidestep schema | jq .properties

Editors complete and check sidestep.yaml with it, where its first line is:
# yaml-language-server: $schema=.sidestep/sidestep.schema.json`,
    )
    .action(async (options: SchemaOptions) => {
      const { schemaCommand } = await import('../project/schema-command.ts')
      setExitCode(await schemaCommand(options))
    })
}
