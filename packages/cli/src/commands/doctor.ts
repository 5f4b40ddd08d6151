import type { Command } from 'commander'
import type { AnswerOptions } from './answer.ts'
import { outputOption, verboseOption, type SetExitCode } from './options.ts'

/** `sidestep doctor`. */
export function addDoctorCommand(program: Command, setExitCode: SetExitCode): void {
  program
    .command('doctor')
    .description('try what Sidestep needs on this machine and in this project')
    .addOption(outputOption('what was tried, and what was found'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `
Examples:
  $ sidestep doctor
  $ sidestep doctor --output json | jq '.checks[] | select(.state != "ok")'

The components of the active stack try what they need: engines and registries are asked, and an
upload to the registry is begun and given up. Nothing is changed.
Exit codes: 0 it can work, warnings or not; 1 something it needs is wrong.`,
    )
    .action(async (options: AnswerOptions) => {
      const { doctorCommand } = await import('../doctor/doctor-command.ts')
      setExitCode(await doctorCommand(options))
    })
}
