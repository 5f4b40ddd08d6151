import { createRequire } from 'node:module'
import { Command, CommanderError, Option } from 'commander'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { RunCommandOptions } from './run/run-command.ts'

const RUN_HELP = `
Examples:
  $ sidestep run src/pipeline.ts
  $ sidestep run src/pipeline.ts --input '{"rows": 1000}'
  $ sidestep run src/pipeline.ts --input @input.json --stack prod
  $ sidestep run src/pipeline.ts --output json | jq .result

FILE exports a pipeline: its default export, or the only one it has.
Progress goes to stderr, the pipeline's result to stdout. Ctrl-C once cancels what
runs and waits until it has ended; twice leaves at once.

Exit codes: 0 success, 1 the run failed, 2 the input was wrong, 130 interrupted.`

/** Runs the command line, without `node` and the program's path. Resolves to the exit code of the process. */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.success
  const program = new Command('sidestep')
    .description('Run one step of a TypeScript pipeline somewhere else.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', '\nStart with:\n  $ sidestep run src/pipeline.ts\n  $ sidestep help run')
    .exitOverride()

  program
    .command('run')
    .description('run the pipeline that a file exports')
    .argument('<file>', 'the module that exports the pipeline')
    .option('--stack <name>', 'a stack that the file exports as `stack` or `stacks` (or SIDESTEP_STACK)')
    .option('--input <json>', "the pipeline's input: JSON, @file, or @- for stdin")
    .addOption(
      new Option('--output <format>', 'json writes one document with the result and every step to stdout')
        .choices(['text', 'json'])
        .default('text'),
    )
    .option('--verbose', 'show stack traces', false)
    .addHelpText('after', RUN_HELP)
    .action(async (file: string, options: RunCommandOptions) => {
      const { runCommand } = await import('./run/run-command.ts')
      exitCode = await runCommand(file, options)
    })

  try {
    await program.parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Commander has said it already: help and version end well, everything else is wrong input.
    return error.exitCode === 0 ? EXIT.success : EXIT.wrongInput
  }
}

function version(): string {
  const manifest = createRequire(import.meta.url)('@sidestep/cli/package.json') as { readonly version: string }
  return manifest.version
}
