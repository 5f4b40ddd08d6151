import type { FailureKind } from '@sidestep/core'

/** What a FailureReason says. */
export interface FailureCause {
  /** Absent: what the job itself left decides. */
  readonly kind?: FailureKind
  /** Of the step's process, where it is told. */
  readonly exitCode?: number
  /** What a person can do. */
  readonly hint?: string
}

/** Words of SageMaker that decide, in their order: the first that fits does. */
const CAUSES: readonly { readonly words: RegExp; readonly kind: FailureKind; readonly hint: string }[] = [
  {
    words: /CapacityError|insufficient capacity|unable to provision requested ML compute capacity/i,
    kind: 'capacity',
    hint: 'Name further types in settings.instanceTypes, or try another time or region.',
  },
  {
    words: /ResourceLimitExceeded|service limit|service quota/i,
    kind: 'quota',
    hint: 'Ask AWS for more under Service Quotas, or name further types in settings.instanceTypes.',
  },
  {
    words: /out ?of ?memory|instance type with more memory|use a larger instance|exit code: 137\b/i,
    kind: 'oom',
    hint: 'Ask for more `resources.memory`, or name a larger settings.instanceType.',
  },
  {
    words: /spot (?:instance )?(?:interruption|interrupted)|SpotInterruption/i,
    kind: 'preempted',
    hint: 'Keep a checkpoint (settings.checkpoint) and let the step retry on preempted, or do without useSpot.',
  },
  {
    words: /^InternalServerError|internal error|^ServiceError/i,
    kind: 'infra',
    hint: 'It is a fault of SageMaker: settings.maxRetriesOnInternalError, or the retry of the step, tries again.',
  },
  {
    words: /not authorized|access ?denied|could not assume role|insufficient permissions/i,
    kind: 'auth',
    hint: 'Give the role of the step operator the right that is named.',
  },
]

/** Exit codes of a first process that was not found, or is for another processor. */
const NOT_RUN: readonly number[] = [126, 127]
/** Of the entrypoint, where the artifact store stays away. */
const STORE_AWAY = 75
/** Of a process that was ended from outside. */
const TERMINATED = 143

/** What a FailureReason says about why a job failed. Pure. */
export function causeOf(reason: string): FailureCause {
  const exitCode = exitCodeIn(reason)
  const code = exitCode === undefined ? {} : { exitCode }
  const found = CAUSES.find(({ words }) => words.test(withoutStepsWords(reason)))
  if (found !== undefined) return { ...code, kind: found.kind, hint: found.hint }
  if (exitCode !== undefined && NOT_RUN.includes(exitCode)) {
    return {
      ...code,
      kind: 'config',
      hint: 'The image has no program that runs the command: let the image builder add Node.js.',
    }
  }
  // The entrypoint has said why in its log, and core knows what the number means.
  if (exitCode === STORE_AWAY || exitCode === TERMINATED) return { ...code, kind: 'infra' }
  if (reason.startsWith('AlgorithmError')) return { ...code, kind: 'step' }
  if (reason.startsWith('ClientError')) {
    return {
      ...code,
      kind: 'config',
      hint: 'Correct what SageMaker names: the image, the inputs or the role of the step.',
    }
  }
  return code
}

/** `AlgorithmError: …, exit code: 1`: what the step wrote stands between, and decides nothing. */
function withoutStepsWords(reason: string): string {
  if (!reason.startsWith('AlgorithmError')) return reason
  return `AlgorithmError ${/exit code: \d+\s*$/i.exec(reason)?.[0] ?? ''}`
}

function exitCodeIn(reason: string): number | undefined {
  const [, digits] = /exit code: (\d{1,3})\s*$/i.exec(reason) ?? /exit code: (\d{1,3})\b/i.exec(reason) ?? []
  return digits === undefined ? undefined : Number(digits)
}
