import { createHash } from 'node:crypto'

import type { JobLabels, JobQuery } from '@sidestep/core'

const PREFIX = 'dev.sidestep.'
/** On every container of a job, and on no other. */
export const TOKEN_LABEL: string = `${PREFIX}token`
/** Tells in which artifact store the result of a container's attempt is looked for. */
export const STORE_LABEL: string = `${PREFIX}store`

/** What a container says about itself. */
export interface ContainerMarks {
  readonly labels: JobLabels
  readonly fingerprint: string
  readonly nonce: string
  /** As {@link storeMark} makes it. */
  readonly store: string
}

/** The name of a job's container: a second one of that name is refused by the engine. */
export function containerName(token: string): string {
  return `sidestep-${token}`
}

/** Stands for a store in a label. `config` is `SIDESTEP_STORE`, as the job gets it. */
export function storeMark(config: string): string {
  return createHash('sha256').update(config).digest('hex').slice(0, 32)
}

/** Labels of a container. */
export function labelsOf({ labels, fingerprint, nonce, store }: ContainerMarks): Record<string, string> {
  return {
    [TOKEN_LABEL]: labels.token,
    [`${PREFIX}run`]: labels.runId,
    [`${PREFIX}step-run`]: labels.stepRunId,
    [`${PREFIX}attempt`]: String(labels.attempt),
    [`${PREFIX}journal`]: labels.journalId,
    [`${PREFIX}fingerprint`]: fingerprint,
    [`${PREFIX}nonce`]: nonce,
    [STORE_LABEL]: store,
  }
}

/** What {@link labelsOf} wrote. `undefined` for a container that is not of ours. */
export function marksOf(labels: Readonly<Record<string, string>> | null | undefined): ContainerMarks | undefined {
  const read = (name: string): string => labels?.[`${PREFIX}${name}`] ?? ''
  const token = read('token')
  if (token === '' || read('nonce') === '') return undefined
  return {
    labels: {
      runId: read('run'),
      stepRunId: read('step-run'),
      attempt: Number(read('attempt')),
      token,
      journalId: read('journal'),
    },
    fingerprint: read('fingerprint'),
    nonce: read('nonce'),
    store: read('store'),
  }
}

/** The `filters` of a list that finds the containers of a query. All of them must hold. */
export function filtersOf({ token, runId, journalId }: JobQuery): string {
  const label = [
    token === undefined ? TOKEN_LABEL : `${TOKEN_LABEL}=${token}`,
    ...(runId === undefined ? [] : [`${PREFIX}run=${runId}`]),
    ...(journalId === undefined ? [] : [`${PREFIX}journal=${journalId}`]),
  ]
  return JSON.stringify({ label })
}
