import { messageOf, SidestepError, type KnownFlavor } from '@sidestep/core/project'
import { jsonError, type JsonError } from './json-report.ts'
import { sanitizeLine, sanitizeText } from './sanitize.ts'
import type { Style } from './style.ts'

/** A flavor in JSON output: every field is there, `null` where nothing is known. */
export interface JsonFlavor extends JsonOrigin {
  readonly type: KnownFlavor['type']
  readonly flavor: string
  readonly source: string
  readonly state: KnownFlavor['state']
  /** What installs it, where it is missing, or what will, where it is planned. */
  readonly install: string | null
  /** Why it is damaged. */
  readonly problem: JsonError | null
}

/** What is told of a flavor wherever it is named. */
export interface JsonOrigin {
  readonly summary: string | null
  readonly integration: string | null
  readonly version: string | null
  /** A package, or a source path. */
  readonly source: string | null
}

export function jsonFlavor(known: KnownFlavor, options: { readonly verbose: boolean }): JsonFlavor {
  const { type, flavor, source, state, install, problem } = known
  return {
    type,
    flavor,
    ...jsonOrigin(known),
    source,
    state,
    install: install ?? null,
    problem: problem === undefined ? null : jsonError(problem, options),
  }
}

export function jsonOrigin(known: KnownFlavor | undefined): JsonOrigin {
  const { summary = null, integration = null, version = null, source = null } = known ?? {}
  return { summary, integration, version, source }
}

/** Who brings a flavor: `integration local 0.1.0`, or its source path. */
export function originText({ integration, version, source }: KnownFlavor): string {
  return integration === undefined ? source : `integration ${integration}${version === undefined ? '' : ` ${version}`}`
}

/** What installs something, or will. */
export function installText(state: KnownFlavor['state'], install: string): string {
  return state === 'planned' ? `planned; once published: ${sanitizeLine(install)}` : sanitizeLine(install)
}

/** A problem with its remedy, for people. */
export function problemLines(problem: unknown, style: Style, indent = ''): string[] {
  const hint = SidestepError.isInstance(problem) ? problem.hint : undefined
  const [first = '', ...more] = sanitizeText(messageOf(problem)).split('\n')
  return [
    `${indent}${style('yellow', 'problem:')} ${first}`,
    ...more.map((line) => `${indent}${line}`),
    ...(hint === undefined ? [] : [`${indent}${style('cyan', 'hint:')} ${sanitizeLine(hint.replaceAll('\n', ' '))}`]),
  ]
}
