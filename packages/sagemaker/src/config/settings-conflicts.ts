import type { ResolvedSagemakerSettings } from './resolved-config.ts'

/** Two settings that do not go together. */
export interface SettingsConflict {
  /** The setting that is in the way. */
  readonly path: keyof ResolvedSagemakerSettings
  /** Why, and what to do. */
  readonly message: string
}

/** What is wrong with settings that are right by themselves. Pure. */
export function checkConflicts(settings: ResolvedSagemakerSettings): readonly SettingsConflict[] {
  const { instanceType, instanceTypes, useSpot, maxWait, keepAlive, trainingPlanArn, experiment } = settings
  const found: (SettingsConflict | false)[] = [
    instanceType !== undefined &&
      instanceTypes !== undefined && {
        path: 'instanceType',
        message: 'it says the same as instanceTypes: put it first in that list, or remove one of the two',
      },
    maxWait !== undefined &&
      useSpot !== true && {
        path: 'maxWait',
        message: 'only a job with useSpot waits so: set useSpot: true, or use timeouts.queue of the step',
      },
    useSpot === true &&
      keepAlive !== undefined && {
        path: 'keepAlive',
        message: 'machines of useSpot cannot be kept: remove keepAlive, or useSpot',
      },
    useSpot === true &&
      trainingPlanArn !== undefined && {
        path: 'trainingPlanArn',
        message: 'machines of a plan are reserved and not spare: remove trainingPlanArn, or useSpot',
      },
    experiment !== undefined &&
      Object.keys(experiment).length === 0 && {
        path: 'experiment',
        message: 'it names nothing: give it an experimentName, or remove it',
      },
  ]
  return found.filter((conflict) => conflict !== false)
}
