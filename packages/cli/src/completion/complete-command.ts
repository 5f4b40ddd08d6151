import { EXIT, type ExitCode } from '../exit-codes.ts'
import { shellScript, type Shell } from './shell-script.ts'

/** `sidestep complete SHELL`. */
export function completeCommand(shell: Shell): ExitCode {
  process.stdout.write(shellScript(shell))
  return EXIT.success
}
