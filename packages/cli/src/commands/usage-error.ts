import { configError } from '@sidestep/core/project'
import type { Command, CommanderError } from 'commander'
import { Answer } from './answer.ts'

export interface UsageErrorOptions {
  readonly program: Command
  /** The command line. */
  readonly argv: readonly string[]
}

/** Reports what commander refuses as every other error is reported, also as JSON where that is asked for. */
export function reportUsageError({ message }: CommanderError, { program, argv }: UsageErrorOptions): void {
  const command = commandOf(program, argv)
  const [said = '', suggestion = ''] = message.replace(/^error: /, '').split('\n')
  const hints = [suggestion.replace(/^\((.*)\)$/, '$1'), `What can be given: ${command} --help`]
  const answer = new Answer({ output: wantsJson(argv) ? 'json' : 'text', verbose: false })
  const hint = hints.filter((text) => text !== '').join(' ')
  answer.failed(configError('CONFIG_INVALID', `${command}: ${said.replace(/\.$/, '')}`, hint))
}

/** The command that was called, as far as its words name one: `sidestep runs list`. */
function commandOf(program: Command, argv: readonly string[]): string {
  const names = [program.name()]
  let command = program
  for (const word of argv) {
    const next = command.commands.find((one) => one.name() === word)
    if (next === undefined) break
    names.push(word)
    command = next
  }
  return names.join(' ')
}

function wantsJson(argv: readonly string[]): boolean {
  return argv.some((word, index) => word === '--output=json' || (word === '--output' && argv[index + 1] === 'json'))
}
