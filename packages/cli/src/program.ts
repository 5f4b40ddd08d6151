import { Command, CommanderError, Help } from 'commander'
import { type AddCommands, FAMILIES } from './commands/families.ts'
import { refuseRepeatedOptions } from './commands/given-once.ts'
import { formatItem } from './commands/narrow-help.ts'
import type { SetExitCode } from './commands/options.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { flushStreams, guardStreams, writeTo } from './standard-streams.ts'
import { version } from './version.ts'

const HELP = `
Start with:
  $ sidestep init
  $ sidestep run src/pipeline.ts
  $ sidestep runs list
  $ sidestep help run`

/** That a switch is off until it is given goes without saying. */
const OFF = ' (default: false)'

/** Runs the command line, without `node` and the program's path. Resolves to the exit code of the process. */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  guardStreams()
  const exitCode = await run(argv)
  const lost = await flushStreams()
  if (lost === undefined) return exitCode
  writeTo('stderr', `sidestep: what was to be printed is lost: ${lost.message}\n`)
  return exitCode === EXIT.success ? EXIT.failed : exitCode
}

async function run(argv: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.success
  const [word = '', next = '', last = ''] = argv
  // A shell asks what may come next.
  if (word === 'complete' && next === '--') {
    const { answerShell } = await import('./completion/answer-shell.ts')
    const words = argv.slice(2)
    await answerShell(await createProgram({ only: words[0] ?? '' }), words)
    return EXIT.success
  }
  const program = await createProgram({
    only: word,
    next,
    last,
    setExitCode: (code) => {
      exitCode = code
    },
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return EXIT.success
    // Where a word is missing, commander has shown the help already.
    if (error.code !== 'commander.help') {
      const { reportUsageError } = await import('./commands/usage-error.ts')
      reportUsageError(error, { program, argv })
    }
    return EXIT.wrongInput
  }
}

export interface ProgramOptions {
  /** A command of the first level: only its family is loaded. Default: all, as for a word that is none. */
  readonly only?: string
  /** The word after it: where it names a command, the family need not add its others. Default: it adds all. */
  readonly next?: string
  /** The word after that, in the same way. */
  readonly last?: string
  /** Default: the exit code is not kept. */
  readonly setExitCode?: SetExitCode
}

/** The commands with their options and help. Nothing of what they do is loaded before one is called. */
export async function createProgram({
  only = '',
  next = '',
  last = '',
  setExitCode = () => {},
}: ProgramOptions = {}): Promise<Command> {
  const program = new Command('sidestep')
    .description('Run one step of a TypeScript pipeline somewhere else.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', HELP)
    .configureHelp({
      optionDescription: (option) => new Help().optionDescription(option).replace(OFF, ''),
      formatItem,
    })
    // Every error is reported in one way: see `main`.
    .configureOutput({ outputError: () => {} })
    .exitOverride()
  for (const add of await familiesFor(only)) add(program, setExitCode, [only, next, last])
  refuseRepeatedOptions(program)
  return program
}

function familiesFor(word: string): Promise<AddCommands[]> {
  const family = FAMILIES.find(({ names }) => names.includes(word))
  return Promise.all((family === undefined ? FAMILIES : [family]).map(({ load }) => load()))
}
