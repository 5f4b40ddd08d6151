import type { JobLabels, SubmitOptions } from '@sidestep/core'

/** What a training job says about itself. */
export interface JobMarks {
  readonly labels: JobLabels
  /** Of the request that it was made from. */
  readonly fingerprint: string
  /** Of the create call that made it. */
  readonly nonce: string
}

/** Variables of a job that say what it is. They are in `Environment`, which DescribeTrainingJob returns; tags are not. */
const VARIABLES = {
  run: 'SIDESTEP_RUN_ID',
  stepRun: 'SIDESTEP_STEP_RUN_ID',
  attempt: 'SIDESTEP_ATTEMPT',
  token: 'SIDESTEP_JOB_TOKEN',
  journal: 'SIDESTEP_JOURNAL_ID',
  fingerprint: 'SIDESTEP_FINGERPRINT',
  nonce: 'SIDESTEP_NONCE',
} as const

/** How tags of Sidestep's own begin. */
export const TAG_PREFIX = 'sidestep:'

/** How many variables, and tags, each job has beside those of its request. */
export const MARK_COUNT: number = Object.keys(VARIABLES).length

/** The variables of a job that say what it is. Pure. */
export function markVariables(options: Pick<SubmitOptions, keyof JobMarks>): Readonly<Record<string, string>> {
  return Object.fromEntries(textsOf(options).map(([name, text]) => [VARIABLES[name], text]))
}

/** The same as tags, for people, bills and policies. Pure. */
export function markTags(
  options: Pick<SubmitOptions, keyof JobMarks>,
): readonly { readonly Key: string; readonly Value: string }[] {
  return textsOf(options).map(([name, text]) => ({ Key: `${TAG_PREFIX}${name}`, Value: text }))
}

/** What {@link markVariables} wrote. `undefined` for a job that is not of ours. Pure. */
export function marksOf(environment: Readonly<Record<string, string>> | undefined): JobMarks | undefined {
  const read = (name: keyof typeof VARIABLES): string => environment?.[VARIABLES[name]] ?? ''
  if (read('token') === '' || read('nonce') === '') return undefined
  return {
    labels: {
      runId: read('run'),
      stepRunId: read('stepRun'),
      attempt: Number(read('attempt')),
      token: read('token'),
      journalId: read('journal'),
    },
    fingerprint: read('fingerprint'),
    nonce: read('nonce'),
  }
}

function textsOf({
  labels: { runId, stepRunId, attempt, token, journalId },
  fingerprint,
  nonce,
}: Pick<SubmitOptions, keyof JobMarks>): readonly (readonly [keyof typeof VARIABLES, string])[] {
  return [
    ['run', runId],
    ['stepRun', stepRunId],
    ['attempt', String(attempt)],
    ['token', token],
    ['journal', journalId],
    ['fingerprint', fingerprint],
    ['nonce', nonce],
  ]
}
