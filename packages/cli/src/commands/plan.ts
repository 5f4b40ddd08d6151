import type { Command } from 'commander'
import type { PlanCommandOptions } from '../plan/plan-command.ts'
import { outputOption, verboseOption, type SetExitCode } from './options.ts'

const HELP = `
Examples:
  $ sidestep plan src/pipeline.ts
  $ sidestep plan src/pipeline.ts --stack prod --output json | jq '.steps[].request'

Nothing is created: no run, no job, no image. What only a run knows stands as <run>,
<step-run>, <token>; secrets are shown by name.

Exit codes: 0 every step can be launched, 2 one cannot as it is configured.`

/** `sidestep plan`. */
export function addPlanCommand(program: Command, setExitCode: SetExitCode): void {
  program
    .command('plan')
    .description('show what each step with an operator would ask of it')
    .argument('<file>', 'the module that exports the pipeline')
    .option('--stack <name>', 'a stack that the file exports as `stack` or `stacks` (or SIDESTEP_STACK)')
    .addOption(outputOption('one document'))
    .addOption(verboseOption())
    .addHelpText('after', HELP)
    .action(async (file: string, options: PlanCommandOptions) => {
      const { planCommand } = await import('../plan/plan-command.ts')
      setExitCode(await planCommand(file, options))
    })
}
