import type { ExitCode } from './exit-codes.ts'
import { flushStreams, guardStreams, writeTo } from './standard-streams.ts'
import { version } from './version.ts'

/** Runs the command line, without `node` and the program's path. Resolves to the exit code of the process. */
export async function start(argv: readonly string[]): Promise<ExitCode> {
  guardStreams()
  const exitCode = await answer(argv)
  await flushStreams()
  return exitCode
}

async function answer(argv: readonly string[]): Promise<ExitCode> {
  // The usual first question waits for no command.
  if (argv.length === 1 && ['-V', '--version'].includes(argv[0] ?? '')) {
    writeTo('stdout', `${version()}\n`)
    return 0
  }
  const { main } = await import('./program.ts')
  return main(argv)
}
