import type { SerializedError } from '../artifact/manifest.ts'
import { codeOf, type FailureKind } from '../errors.ts'
import type { ChildExit } from './child-process.ts'

/** What is known at the end of a step's process that did not say itself how it went. */
export interface ExitEvidence {
  readonly exit: ChildExit
  /** The last lines it printed. */
  readonly tail: readonly string[]
  /** Whether the system killed a process for memory meanwhile. */
  readonly outOfMemoryKills: boolean
  /** What the step is called in the message: `the step's process`, `the command python`. */
  readonly subject: string
  /** True for a function step, which returns rather than exits. */
  readonly mustReturn: boolean
}

export interface ExitVerdict {
  readonly kind: FailureKind
  readonly error: SerializedError
  readonly exitCode?: number
}

const MEMORY_HINT = 'Ask for more `resources.memory`, or keep less in memory at once.'
const START_REASONS: Readonly<Record<string, string>> = {
  ENOENT: "it is not in the step's environment",
  EACCES: "it is not in the step's environment as a program that may be run",
  E2BIG: 'its arguments and environment are longer than the system takes',
}
const CRASH_SIGNALS: readonly NodeJS.Signals[] = [
  'SIGSEGV',
  'SIGBUS',
  'SIGILL',
  'SIGFPE',
  'SIGABRT',
  'SIGTRAP',
  'SIGSYS',
]

/** Why a step's process ended without a result. Pure. */
export function judgeExit(evidence: ExitEvidence): ExitVerdict {
  const { exit, tail, outOfMemoryKills, subject, mustReturn } = evidence
  const { code, signal, startError } = exit
  if (startError !== undefined) return judgeStart(startError, subject)
  const crashed = signal !== null && CRASH_SIGNALS.includes(signal)
  if ((crashed || code === 134) && tail.some((line) => line.includes('heap out of memory'))) {
    return verdict('oom', 'OutOfMemoryError', `${subject} ran out of heap memory`, 134)
  }
  if (signal === 'SIGKILL' && outOfMemoryKills) {
    return verdict('oom', 'OutOfMemoryError', `the system killed ${subject} because memory ran out`, 137)
  }
  if (crashed) return verdict('step', 'CrashError', `${subject} crashed (${signal})`)
  if (signal !== null) {
    return verdict(
      'step',
      'KilledError',
      `${subject} was killed from outside (${signal}). If memory was short: ${MEMORY_HINT}`,
    )
  }
  if (mustReturn && code === 13) {
    return verdict(
      'step',
      'ExitError',
      `${subject} ended before the step returned: nothing was left that could settle its promise`,
      13,
    )
  }
  const detail = mustReturn ? ' before the step returned (process.exit?)' : ''
  return verdict('step', 'ExitError', `${subject} exited with code ${code}${detail}`, code ?? undefined)
}

/** What the step asked to be started is its own affair; that the machine has no room for a process is not. */
function judgeStart(error: Error, subject: string): ExitVerdict {
  const reason = START_REASONS[codeOf(error) ?? '']
  const text = reason === undefined ? error.message : `${reason} (${error.message})`
  return verdict(reason === undefined ? 'infra' : 'step', 'StartError', `${subject} could not be started: ${text}`)
}

function verdict(kind: FailureKind, name: string, message: string, exitCode?: number): ExitVerdict {
  return { kind, error: { name, message }, ...(exitCode === undefined ? {} : { exitCode }) }
}
