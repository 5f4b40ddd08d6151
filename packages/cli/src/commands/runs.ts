import type { Command } from 'commander'
import type { AttachOptions } from '../runs/attach-command.ts'
import type { CancelOptions } from '../runs/cancel-command.ts'
import type { ListRunsOptions } from '../runs/list-command.ts'
import type { LogsOptions } from '../runs/logs-command.ts'
import type { ResumeCommandOptions } from '../runs/resume-command.ts'
import type { AnswerOptions } from './answer.ts'
import { outputOption, rankNumber, verboseOption, wholeNumber, type SetExitCode } from './options.ts'

const HELP = `
Examples:
  $ sidestep runs list --unfinished
  $ sidestep runs show last
  $ sidestep runs resume last

ID is the id of a run, the beginning of one, or \`last\` for the newest.
The runs are those of the project that the command is called in.`

const ID = 'the id of a run, the beginning of one, or `last`'

/** `sidestep runs …`. */
export function addRunsCommands(program: Command, setExitCode: SetExitCode): void {
  const runs = program
    .command('runs')
    .description('look at runs, go on with them, end them')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', HELP)
  addList(runs, setExitCode)
  addShow(runs, setExitCode)
  addLogs(runs, setExitCode)
  addResume(runs, setExitCode)
  addAttach(runs, setExitCode)
  addCancel(runs, setExitCode)
}

function addList(runs: Command, setExitCode: SetExitCode): void {
  runs
    .command('list')
    .description('list runs, the newest first')
    .option('--pipeline <name>', 'only those of one pipeline')
    .option('--unfinished', 'only those that have not ended', false)
    .option('--limit <number>', 'how many at most', wholeNumber, 20)
    .addOption(outputOption('an array of runs'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `
Examples:
  $ sidestep runs list
  $ sidestep runs list --pipeline penguins --unfinished
  $ sidestep runs list --output json | jq -r '.[] | select(.state == "interrupted") | .runId'

A run is running, interrupted (its launcher is gone), silent (its launcher is stopped,
or on another machine and not heard of), succeeded, failed or cancelled.`,
    )
    .action(async (options: ListRunsOptions) => {
      const { listRunsCommand } = await import('../runs/list-command.ts')
      setExitCode(await listRunsCommand(options))
    })
}

function addShow(runs: Command, setExitCode: SetExitCode): void {
  runs
    .command('show')
    .description('tell the whole story of a run')
    .argument('<id>', ID)
    .addOption(outputOption('one document'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `
Examples:
  $ sidestep runs show last
  $ sidestep runs show 20261121-2023 --output json | jq '.steps[].artifacts'

It shows the launchers, every step with its attempts, phases and where it ran, what it
stored, why the run failed, and what can be done next.`,
    )
    .action(async (id: string, options: AnswerOptions) => {
      const { showRunCommand } = await import('../runs/show-command.ts')
      setExitCode(await showRunCommand(id, options))
    })
}

function addLogs(runs: Command, setExitCode: SetExitCode): void {
  runs
    .command('logs')
    .description('print what the jobs of a run have printed')
    .argument('<id>', ID)
    .argument('[step]', 'only a step: its name, its label (`fit#2`) or its id')
    .option('-f, --follow', 'go on until the run has ended', false)
    .option('--attempt <number>', 'only this attempt of each step', wholeNumber)
    .option('--rank <number>', 'of which machine, in a job of several: from 0', rankNumber)
    .addOption(outputOption('every line as JSON'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `
Examples:
  $ sidestep runs logs last
  $ sidestep runs logs last train -f
  $ sidestep runs logs last 'fit#2' --attempt 1 > fit.log
  $ sidestep runs logs last train --rank 1

Lines of several steps have their step in front. Of a job on several machines they are
those of the first one, unless --rank says another. Steps that run in the process of the
command have no log: they print where the run was started.`,
    )
    .action(async (id: string, step: string | undefined, options: LogsOptions) => {
      const { logsCommand } = await import('../runs/logs-command.ts')
      setExitCode(await logsCommand(id, step, options))
    })
}

function addResume(runs: Command, setExitCode: SetExitCode): void {
  runs
    .command('resume')
    .description('go on with a run that was interrupted, or has failed')
    .argument('<id>', ID)
    .option('--with-current-code', 'also where the code has changed: keep what is finished and what runs', false)
    .option('--take-over', 'also where its launcher is silent and cannot be seen to be gone', false)
    .option('--stack <name>', 'a stack that the file exports; default: the one that the run began with')
    .option('--file <file>', 'the module that exports the pipeline; default: the one that the run began with')
    .addOption(outputOption('one document with the result and every step'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `
Examples:
  $ sidestep runs resume last
  $ sidestep runs resume 20261121-2023 --with-current-code

The run goes on with the input that it began with. Steps that are finished are kept,
jobs that still run are found again, what failed is tried again.

Exit codes: those of sidestep run; 2 where the code has changed, or somebody else has the run.`,
    )
    .action(async (id: string, options: ResumeCommandOptions) => {
      const { resumeCommand } = await import('../runs/resume-command.ts')
      setExitCode(await resumeCommand(id, options))
    })
}

function addAttach(runs: Command, setExitCode: SetExitCode): void {
  runs
    .command('attach')
    .description('follow a run that another process leads')
    .argument('<id|uri>', `${ID}; or the uri of a run in an artifact store`)
    .option('--take-over', 'go on in the place of a launcher that is silent', false)
    .option('--file <file>', 'with --take-over: the module that exports the pipeline')
    .addOption(outputOption('one document with the result and every step'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `
Examples:
  $ sidestep runs attach last
  $ sidestep runs attach file:///mnt/shared/store/runs/20261121-202313-ffa8f1dd

With a uri the run is recorded in the journal of this project first: so another machine
shows it, goes on with it, or ends it. Ctrl-C ends the view, and leaves the run alone.

Exit codes: those of the run; 130 where the view was ended before it.`,
    )
    .action(async (named: string, options: AttachOptions) => {
      const { attachCommand } = await import('../runs/attach-command.ts')
      setExitCode(await attachCommand(named, options))
    })
}

function addCancel(runs: Command, setExitCode: SetExitCode): void {
  runs
    .command('cancel')
    .description('end a run and its jobs, and wait until they have ended')
    .argument('<id>', ID)
    .option('--take-over', 'also where its launcher is silent and cannot be seen to be gone', false)
    .addOption(outputOption('the run as in `runs list`'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `
Examples:
  $ sidestep runs cancel last

A launcher that is alive is asked to end the run; where it is gone, its jobs are ended here.

Exit codes: 0 the run has ended, 1 a job could not be ended, 2 there is no such run.`,
    )
    .action(async (id: string, options: CancelOptions) => {
      const { cancelRunCommand } = await import('../runs/cancel-command.ts')
      setExitCode(await cancelRunCommand(id, options))
    })
}
