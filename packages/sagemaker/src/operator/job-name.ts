/** What names of jobs begin with. */
export const JOB_NAME_PREFIX = 'sidestep-'
/** Of a name of a training job: the published model of CreateTrainingJob. */
const LONGEST_NAME = 63
const RUN_LENGTH = 8
const STEP_LENGTH = 16
const JOURNAL_LENGTH = 6
/** 80 bits: no two attempts of an account and region have the same. */
const TOKEN_LENGTH = 20

/** What a name is made of. */
export interface JobNameParts {
  /** Of the run. */
  readonly runId: string
  /** For people. */
  readonly stepName: string
  /** 32 lower-case hex characters that stand for the attempt. */
  readonly token: string
  /** Of the journal that began the run. */
  readonly journalId: string
}

/**
 * `sidestep-<run>-<step>-<journal>-<token>`: the same for the same attempt, and another for any other. A training job's name
 * is unique in its account and region, so that of two creates one is refused. Pure.
 */
export function jobName({ runId, stepName, token, journalId }: JobNameParts): string {
  const step = plain(stepName).slice(0, STEP_LENGTH).replace(/-$/, '')
  const parts = [runPart(runId), ...(step === '' ? [] : [step]), journalPart(journalId), tokenPart(token)]
  return `${JOB_NAME_PREFIX}${parts.join('-')}`.slice(0, LONGEST_NAME)
}

/** What is in the name of a query's jobs, and of few others: ListTrainingJobs takes one text that names contain. Pure. */
export function nameContains({
  token,
  runId,
  journalId,
}: {
  readonly token?: string
  readonly runId?: string
  readonly journalId?: string
}): string {
  if (token !== undefined) return tokenPart(token)
  if (runId !== undefined) return `${JOB_NAME_PREFIX}${runPart(runId)}-`
  return journalId === undefined ? JOB_NAME_PREFIX : `-${journalPart(journalId)}-`
}

/** The end of a run's id tells more than its beginning, which is a date. */
function runPart(runId: string): string {
  return isPlaceholder(runId) ? runId : plain(plain(runId).slice(-RUN_LENGTH))
}

function journalPart(journalId: string): string {
  return isPlaceholder(journalId) ? journalId : plain(journalId).replaceAll('-', '').slice(0, JOURNAL_LENGTH)
}

function tokenPart(token: string): string {
  return isPlaceholder(token) ? token : token.slice(0, TOKEN_LENGTH)
}

/** A plan has `<run>` where there is no run yet. */
function isPlaceholder(text: string): boolean {
  return /^<[a-z-]+>$/.test(text)
}

function plain(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
}
