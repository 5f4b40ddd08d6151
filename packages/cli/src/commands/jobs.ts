import type { Command } from 'commander'
import type { ListJobsOptions } from '../jobs/list-command.ts'
import type { JobLogsOptions } from '../jobs/logs-command.ts'
import type { ReapOptions } from '../jobs/reap-command.ts'
import type { AnswerOptions } from './answer.ts'
import { outputOption, verboseOption, type SetExitCode } from './options.ts'

const HELP = `
Examples:
  $ sidestep jobs list
  $ sidestep jobs list --orphans
  $ sidestep jobs reap

JOB is the id of a job as \`jobs list\` shows it, or the beginning of one.
The jobs are those of runs that this project has begun.`

const JOB = 'the id of a job, or the beginning of one'

/** `sidestep jobs …`. */
export function addJobsCommands(program: Command, setExitCode: SetExitCode): void {
  const jobs = program
    .command('jobs')
    .description('look at jobs, and end them')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', HELP)
  addList(jobs, setExitCode)
  addLogs(jobs, setExitCode)
  addCancel(jobs, setExitCode)
  addReap(jobs, setExitCode)
}

function addList(jobs: Command, setExitCode: SetExitCode): void {
  jobs
    .command('list')
    .description('list the jobs that have not ended')
    .option('--orphans', 'only those whose launcher and heartbeat are both silent, with why', false)
    .option('--run <id>', 'only those of one run')
    .addOption(outputOption('an array of jobs'))
    .addOption(verboseOption())
    .addHelpText('after', '\nExamples:\n  $ sidestep jobs list\n  $ sidestep jobs list --orphans --output json')
    .action(async (options: ListJobsOptions) => {
      const { listJobsCommand } = await import('../jobs/list-command.ts')
      setExitCode(await listJobsCommand(options))
    })
}

function addLogs(jobs: Command, setExitCode: SetExitCode): void {
  jobs
    .command('logs')
    .description('print what a job has printed')
    .argument('<job>', JOB)
    .option('-f, --follow', 'go on until the job has ended', false)
    .addOption(outputOption('every line as JSON'))
    .addOption(verboseOption())
    .addHelpText('after', '\nExamples:\n  $ sidestep jobs logs 4a97eafc\n  $ sidestep jobs logs 4a97eafc -f')
    .action(async (job: string, options: JobLogsOptions) => {
      const { jobLogsCommand } = await import('../jobs/logs-command.ts')
      setExitCode(await jobLogsCommand(job, options))
    })
}

function addCancel(jobs: Command, setExitCode: SetExitCode): void {
  jobs
    .command('cancel')
    .description('end a job, and wait until it has ended')
    .argument('<job>', JOB)
    .addOption(outputOption('the job as in `jobs list`'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ sidestep jobs cancel 4a97eafc\n\nIts step is stopped by it; the others of the run go on or not as the pipeline says.',
    )
    .action(async (job: string, options: AnswerOptions) => {
      const { cancelJobCommand } = await import('../jobs/cancel-command.ts')
      setExitCode(await cancelJobCommand(job, options))
    })
}

function addReap(jobs: Command, setExitCode: SetExitCode): void {
  jobs
    .command('reap')
    .description('end the jobs that nobody looks after; without --yes it only says which')
    .option('--yes', 'cancel them', false)
    .option('--run <id>', 'only those of one run')
    .addOption(outputOption('an array of jobs'))
    .addOption(verboseOption())
    .addHelpText(
      'after',
      `
Examples:
  $ sidestep jobs reap
  $ sidestep jobs reap --yes

A job is an orphan where its launcher and its heartbeat are both silent. A run that was only
interrupted is better resumed: sidestep runs resume ID finds its jobs again.

Exit codes: 0 all were ended, or nothing was to do; 1 one could not be ended.`,
    )
    .action(async (options: ReapOptions) => {
      const { reapCommand } = await import('../jobs/reap-command.ts')
      setExitCode(await reapCommand(options))
    })
}
