import { messageOf, SidestepError, type KnownFlavor } from '@sidestep/core/project'
import { sanitizeLine, sanitizeText } from './sanitize.ts'
import type { Style } from './style.ts'

/** Why something cannot be used. */
export interface JsonProblem {
  readonly code?: string
  readonly message: string
  /** What can be done. */
  readonly hint?: string
}

/** A flavor in JSON output. */
export interface JsonFlavor extends Omit<KnownFlavor, 'problem'> {
  readonly problem?: JsonProblem
}

export function jsonFlavor({ problem, ...flavor }: KnownFlavor): JsonFlavor {
  return { ...flavor, ...(problem === undefined ? {} : { problem: jsonProblem(problem) }) }
}

export function jsonProblem(problem: unknown): JsonProblem {
  if (!SidestepError.isInstance(problem)) return { message: messageOf(problem) }
  const { code, message, hint } = problem
  return { code, message, ...(hint === undefined ? {} : { hint }) }
}

/** Who brings a flavor: `integration local 0.1.0`, or its source path. */
export function originText({ integration, version, source }: KnownFlavor): string {
  return integration === undefined ? source : `integration ${integration}${version === undefined ? '' : ` ${version}`}`
}

/** A problem with its remedy, for people. */
export function problemLines(problem: unknown, style: Style, indent = ''): string[] {
  const { message, hint } = jsonProblem(problem)
  const [first = '', ...more] = sanitizeText(message).split('\n')
  return [
    `${indent}${style('yellow', 'problem:')} ${first}`,
    ...more.map((line) => `${indent}${line}`),
    ...(hint === undefined ? [] : [`${indent}${style('cyan', 'hint:')} ${sanitizeLine(hint.replaceAll('\n', ' '))}`]),
  ]
}
