import { configError, type SidestepError } from '@sidestep/core/project'
import type { OptionProblem } from './read-config.ts'

/** One `CONFIG_INVALID` error for everything that is wrong with what was given. */
export function configProblems(subject: string, problems: readonly OptionProblem[], help: string): SidestepError {
  const lines = problems.map(({ option, message }) => `  ${option === '' ? message : `${option}${joined(message)}`}`)
  return configError('CONFIG_INVALID', `${subject} is not configured right:\n${lines.join('\n')}`, help)
}

/** A sentence about the option, or a message of a schema after it. */
function joined(message: string): string {
  return /^(must|is|lies|says) /.test(message) ? ` ${message}` : `: ${message}`
}
