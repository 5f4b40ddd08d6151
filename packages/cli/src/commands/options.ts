import { InvalidArgumentError, Option } from 'commander'
import type { ExitCode } from '../exit-codes.ts'

/** Takes the exit code of the command that was called. */
export type SetExitCode = (exitCode: ExitCode) => void

/** `--output`, with what its JSON is. */
export function outputOption(json: string): Option {
  return new Option('--output <format>', `json writes ${json} to stdout`).choices(['text', 'json']).default('text')
}

/** `--verbose`, as every command has it. */
export function verboseOption(): Option {
  return new Option('--verbose', 'show stack traces').default(false)
}

/** Reads the number of a machine, as jobs count theirs. */
export function rankNumber(text: string): number {
  if (/^(?:0|[1-9]\d{0,8})$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a whole number from 0, the first machine.')
}

/** Reads a positive whole number. */
export function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a whole number from 1.')
}
