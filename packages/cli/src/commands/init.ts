import type { Command } from 'commander'
import type { InitOptions } from '../init/init-command.ts'
import { outputOption, verboseOption, type SetExitCode } from './options.ts'

const HELP = `
Examples:
  $ sidestep init
  $ sidestep init penguins --yes
  $ sidestep init . --pipeline src/train.ts --no-install

It writes package.json, tsconfig.json, a pipeline that runs at once, sidestep.yaml with a stack
on this machine, and lines of .gitignore. What exists is left as it is: package.json only gets
what it lacks. On a terminal it asks what no option says; in a pipe it takes the defaults.

Exit codes: 0 success, 1 the packages could not be installed, 2 the input was wrong, 130 interrupted.`

/** `sidestep init`. */
export function addInitCommand(program: Command, setExitCode: SetExitCode): void {
  program
    .command('init')
    .description('make a project with a pipeline that runs at once')
    .argument('[folder]', 'the folder of the project; it is made where there is none (default: this one)')
    .option('--name <name>', 'name of the package (default: made from the name of the folder)')
    .option('--pipeline <file>', 'the file of the pipeline (default: src/pipeline.ts)')
    .option('-y, --yes', 'take the default of everything that is not said, and ask nothing', false)
    .option('--install', 'install the packages with npm (default: without a terminal they are not installed)')
    .option('--no-install', 'do not install the packages')
    .addOption(outputOption('what was written'))
    .addOption(verboseOption())
    .addHelpText('after', HELP)
    .action(async (folder: string | undefined, options: InitOptions) => {
      const { initCommand } = await import('../init/init-command.ts')
      setExitCode(await initCommand(folder, options))
    })
}
