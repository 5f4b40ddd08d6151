import type { Command } from 'commander'
import type { PlanCommandOptions } from '../plan/plan-command.ts'
import { outputOption, verboseOption, type SetExitCode } from './options.ts'

const HELP = `
Examples:
  $ sidestep plan src/pipeline.ts
  $ sidestep plan src/pipeline.ts --stack prod --output json | jq '.steps[].request'
  $ sidestep plan src/pipeline.ts --build

Nothing is created: no run, no job, and an image only with --build. What only a run knows
stands as <run>, <step-run>, <token>, an image that is not built as <image>; secrets are
shown by name.

Exit codes: 0 every step can be launched, 2 one cannot as it is configured.`

/** `sidestep plan`. */
export function addPlanCommand(program: Command, setExitCode: SetExitCode): void {
  program
    .command('plan')
    .description('show what each step with an operator would ask of it')
    .argument('<file>', 'the module that exports the pipeline')
    .option('--stack <name>', 'a stack that the file exports as `stack` or `stacks` (or SIDESTEP_STACK)')
    .option('--build', 'build and push the images of steps that run in one, and show their digests')
    .addOption(outputOption('one document'))
    .addOption(verboseOption())
    .addHelpText('after', HELP)
    .action(async (file: string, options: PlanCommandOptions) => {
      const { planCommand } = await import('../plan/plan-command.ts')
      setExitCode(await planCommand(file, options))
    })
}
