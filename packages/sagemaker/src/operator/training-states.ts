import type { Phase } from '@sidestep/core'

/** What each TrainingJobStatus means; `undefined`: its SecondaryStatus says more. */
const STATUSES: Readonly<Record<string, Phase | undefined>> = {
  InProgress: undefined,
  Stopping: 'stopping',
  Completed: 'succeeded',
  Failed: 'failed',
  Stopped: 'stopped',
  // Only what has ended is deleted: what it ended as was seen before, or the store knows it.
  Deleting: 'stopping',
}

/** What each SecondaryStatus means of a job that is not said to have ended. */
const GOING: Readonly<Record<string, Phase>> = {
  Starting: 'provisioning',
  LaunchingMLInstances: 'provisioning',
  PreparingTrainingStack: 'provisioning',
  // It waits for capacity.
  Pending: 'queued',
  Downloading: 'downloading',
  DownloadingTrainingImage: 'downloading',
  Training: 'running',
  // UpdateTrainingJob was called: the step goes on.
  Updating: 'running',
  Uploading: 'finalizing',
  // Spot machines were taken away: it waits for others, and nothing runs.
  Interrupted: 'queued',
  // SageMaker tries again after a fault of its own.
  Restarting: 'provisioning',
  Stopping: 'stopping',
  // Ends that the job as a whole has not come to yet.
  Stopped: 'stopping',
  MaxRuntimeExceeded: 'stopping',
  MaxWaitTimeExceeded: 'stopping',
  Completed: 'finalizing',
  Failed: 'finalizing',
}

/** Which of the ends that SageMaker calls `Stopped` are none of somebody's asking. */
const STOPPED_BY_ITSELF: Readonly<Record<string, Phase>> = {
  MaxRuntimeExceeded: 'stopped',
  MaxWaitTimeExceeded: 'expired',
}

/** What SageMaker says of a job in two words. */
export interface TrainingState {
  /** TrainingJobStatus. */
  readonly status: string
  /** SecondaryStatus: of a closer look. */
  readonly secondary: string
}

/**
 * Where a job is. Only `Completed` is success, and a word that is not known means that the job goes on: as one that runs where its
 * step has begun, so that its heartbeat is looked at, else as one that is being prepared. Pure.
 */
export function phaseOf({ status, secondary }: TrainingState, hasBegun: boolean): Phase {
  const known = Object.hasOwn(STATUSES, status) ? STATUSES[status] : undefined
  if (known === 'stopped' && Object.hasOwn(STOPPED_BY_ITSELF, secondary)) return STOPPED_BY_ITSELF[secondary] ?? known
  if (known !== undefined) return known
  return (Object.hasOwn(GOING, secondary) ? GOING[secondary] : undefined) ?? (hasBegun ? 'running' : 'provisioning')
}

/** Whether both words are known; a list may say but one, which is then in the place of both. Pure. */
export function isKnownState({ status, secondary }: TrainingState): boolean {
  return Object.hasOwn(STATUSES, status) && (secondary === status || Object.hasOwn(GOING, secondary))
}

/** Whether a job in this state has ended for good. Pure. */
export function hasEnded(status: string): boolean {
  return status === 'Completed' || status === 'Failed' || status === 'Stopped'
}

/**
 * Whether a job has ended: also with a word that is not known, where SageMaker says when. Nobody would see the end of it otherwise. Pure.
 */
export function isOver({
  TrainingJobStatus: status = '',
  TrainingEndTime,
}: {
  readonly TrainingJobStatus?: string | undefined
  readonly TrainingEndTime?: Date | undefined
}): boolean {
  return hasEnded(status) || (status !== '' && !Object.hasOwn(STATUSES, status) && TrainingEndTime !== undefined)
}

/** As it is shown: `InProgress/Downloading`. Pure. */
export function stateText({ status, secondary }: TrainingState): string {
  return secondary === '' || secondary === status ? status : `${status}/${secondary}`
}
