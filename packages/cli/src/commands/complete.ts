import { type Command, Argument } from 'commander'
import type { Shell } from '../completion/shell-script.ts'
import type { SetExitCode } from './options.ts'

const HELP = `
Examples:
  $ sidestep complete bash >> ~/.bashrc
  $ sidestep complete zsh > "\${fpath[1]}/_sidestep"
  $ sidestep complete fish > ~/.config/fish/completions/sidestep.fish

The shell then completes commands, options and their values, names of stacks, components,
flavors and runs, and files, when sidestep is on its path.`

/** `sidestep complete`: the script for a shell, and what that script asks. */
export function addCompleteCommand(program: Command, setExitCode: SetExitCode): void {
  program
    .command('complete')
    .description('print the script that completes commands in a shell')
    .addArgument(new Argument('<shell>', 'the shell that it is for').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', HELP)
    .action(async (shell: Shell) => {
      const { completeCommand } = await import('../completion/complete-command.ts')
      setExitCode(completeCommand(shell))
    })
}
