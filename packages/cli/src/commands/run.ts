import type { Command } from 'commander'
import type { RunCommandOptions } from '../run/run-command.ts'
import { outputOption, verboseOption, type SetExitCode } from './options.ts'

const HELP = `
Examples:
  $ sidestep run src/pipeline.ts
  $ sidestep run src/pipeline.ts --input '{"rows": 1000}'
  $ sidestep run src/pipeline.ts --input @input.json --stack prod
  $ sidestep run src/pipeline.ts --output json | jq .result
  $ sidestep run src/pipeline.ts --detach

FILE exports a pipeline: its default export, or the only one it has.
Progress goes to stderr, the pipeline's result to stdout. Ctrl-C once cancels what
runs and waits until it has ended; twice leaves at once. What was interrupted, or
killed, goes on with: sidestep runs resume ID

Exit codes: 0 success, 1 the run failed, 2 the input was wrong, 130 interrupted.`

/** `sidestep run`. */
export function addRunCommand(program: Command, setExitCode: SetExitCode): void {
  program
    .command('run')
    .description('run the pipeline that a file exports')
    .argument('<file>', 'the module that exports the pipeline')
    .option('--id <id>', 'the id of the run; one that exists goes on, with the same input')
    .option('--stack <name>', 'a stack that the file exports as `stack` or `stacks` (or SIDESTEP_STACK)')
    .option('--input <json>', "the pipeline's input: JSON, @file, or @- for stdin")
    .option('--detach', 'run in the background, and come back as soon as the run has begun', false)
    .addOption(outputOption('one document with the result and every step'))
    .addOption(verboseOption())
    .addHelpText('after', HELP)
    .action(async (file: string, options: RunCommandOptions & { readonly detach: boolean }) => {
      if (options.detach) {
        const { detachCommand } = await import('../run/detach.ts')
        setExitCode(await detachCommand(file, options))
      } else {
        const { runCommand } = await import('../run/run-command.ts')
        setExitCode(await runCommand(file, options))
      }
    })
}
