import { configError, messageOf, SidestepError } from '../errors.ts'
import { RUNTIME_ID } from './entry.ts'

/** What rolldown tells of one thing that went wrong. Lines count from 1, columns from 0. */
export interface BundlerProblem {
  readonly code?: string
  readonly message: string
  readonly id?: string
  readonly exporter?: string
  readonly frame?: string
  /** A {@link SidestepError} where one of our hooks refused something. */
  readonly cause?: unknown
  readonly loc?: { readonly file?: string; readonly line: number; readonly column: number }
}

const MOST_PROBLEMS = 5

/** `name` gives the path that a reader knows a file by. */
export function bundleError(thrown: unknown, name: (file: string) => string): SidestepError {
  const problems = problemsOf(thrown)
  const [first] = problems
  const refused = problems.map(({ cause }) => cause).find((cause) => SidestepError.isInstance(cause))
  if (refused !== undefined) return refused
  if (first === undefined) return configError('BUNDLE_FAILED', messageOf(thrown), undefined, thrown)
  const shown = problems.slice(0, MOST_PROBLEMS).map((problem) => describe(problem, name))
  const more = problems.length > MOST_PROBLEMS ? [`… and ${problems.length - MOST_PROBLEMS} more`] : []
  return configError(
    first.code === 'UNRESOLVED_IMPORT' ? 'MODULE_NOT_FOUND' : 'BUNDLE_FAILED',
    [...shown, ...more].join('\n\n'),
    hintFor(first),
    thrown,
  )
}

/** The single problems behind what a rolldown build threw; empty for any other error. */
export function problemsOf(thrown: unknown): readonly BundlerProblem[] {
  const errors = typeof thrown === 'object' && thrown !== null && 'errors' in thrown ? thrown.errors : undefined
  return Array.isArray(errors) ? (errors as readonly BundlerProblem[]) : []
}

/** `src/pipeline.ts:3:14`, as far as it is known. */
export function placeOf({ id, loc }: BundlerProblem, name: (file: string) => string): string | undefined {
  const file = loc?.file ?? id
  if (file === undefined) return undefined
  return loc === undefined ? name(file) : `${name(file)}:${loc.line}:${loc.column + 1}`
}

/** The line of a position and the one before it, with a mark below. Lines count from 1, columns from 0. */
export function codeFrame(code: string, { line, column }: { readonly line: number; readonly column: number }): string {
  const lines = code.split('\n').slice(Math.max(0, line - 2), line)
  const first = line - lines.length + 1
  const numbered = lines.map((text, index) => `${first + index}: ${text}`)
  return [...numbered, `${' '.repeat(`${line}: `.length + column)}^`].join('\n')
}

function describe(problem: BundlerProblem, name: (file: string) => string): string {
  const place = placeOf(problem, name)
  const frame = problem.frame === undefined || problem.frame === '' ? '' : `\n\n${problem.frame}`
  return `${place === undefined ? '' : `${place}: `}${sentence(problem, name)}${frame}`
}

function sentence(problem: BundlerProblem, name: (file: string) => string): string {
  const { code, message, exporter } = problem
  if (code === 'UNRESOLVED_IMPORT' && exporter !== undefined) return `cannot find '${exporter}'`
  const [line = message] = message.split('\n')
  const plain = line.replace(/^\[[A-Z_]+\] /, '')
  if (code === 'MISSING_EXPORT' && exporter !== undefined) {
    const missing = /^"([^"]+)"/.exec(plain)?.[1]
    const where = exporter === RUNTIME_ID ? '@sidestep/core inside a job' : name(exporter)
    if (missing !== undefined) return `'${missing}' is not exported by ${where}`
  }
  return plain
}

function hintFor({ code, exporter }: BundlerProblem): string | undefined {
  switch (code) {
    case 'UNRESOLVED_IMPORT':
      return unresolvedHint(exporter ?? '')
    case 'MISSING_EXPORT':
      return exporter === RUNTIME_ID
        ? 'Import it with `await import()` where the launcher alone needs it, in a file that no step imports.'
        : 'Correct the name, or write `import type` if it is a type.'
    case 'PARSE_ERROR':
      return 'Correct the syntax.'
    case 'REQUIRE_TLA':
      return 'Name the package that calls require() in docker.requirements: then it is installed for the job, not bundled.'
    default:
      return undefined
  }
}

/** What to do about an import that leads nowhere. */
export function unresolvedHint(specifier: string): string {
  if (/^\.{0,2}\//.test(specifier) || specifier === '.' || specifier === '..') {
    return 'Correct the path; a relative import needs the file as it is on disk, with its extension.'
  }
  return (
    'Install it in the project. If only the step needs it, name it in docker.requirements and import it in the ' +
    "step's body with `await import()`."
  )
}
