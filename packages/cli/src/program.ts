import { createRequire } from 'node:module'
import { Command, CommanderError, Help } from 'commander'
import { addJobsCommands } from './commands/jobs.ts'
import { addPlanCommand } from './commands/plan.ts'
import { addRunCommand } from './commands/run.ts'
import { addRunsCommands } from './commands/runs.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'

const HELP = `
Start with:
  $ sidestep run src/pipeline.ts
  $ sidestep runs list
  $ sidestep help run`

/** That a switch is off until it is given goes without saying. */
const OFF = ' (default: false)'

/** Runs the command line, without `node` and the program's path. Resolves to the exit code of the process. */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.success
  const setExitCode = (code: ExitCode): void => {
    exitCode = code
  }
  const program = new Command('sidestep')
    .description('Run one step of a TypeScript pipeline somewhere else.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', HELP)
    .configureHelp({ optionDescription: (option) => new Help().optionDescription(option).replace(OFF, '') })
    .exitOverride()
  addRunCommand(program, setExitCode)
  addPlanCommand(program, setExitCode)
  addRunsCommands(program, setExitCode)
  addJobsCommands(program, setExitCode)

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
