import { channel } from 'node:diagnostics_channel'

/**
 * The numbered points of a launch, in the order in which one attempt passes them. Each is published before and after
 * its effect, synchronously, so that a subscriber can stop the process exactly there.
 */
export const LAUNCH_POINTS = [
  '1.bundle',
  '1.load-check',
  '1.upload',
  '1.image',
  '2.prepare',
  '3.spec',
  '3.intent',
  '3.create-record',
  '4.find',
  '4.submit',
  '5.close-owner',
  '6.handle',
  '7.observe',
  '7.cancel',
  '8.read-result',
  '8.settle',
  '9.retry',
] as const

/** One of {@link LAUNCH_POINTS}. */
export type LaunchPointName = (typeof LAUNCH_POINTS)[number]
/** A point, before or after its effect: `4.submit:before`. */
export type LaunchPoint = `${LaunchPointName}:${'before' | 'after'}`

/** What subscribers of the `sidestep:launch` diagnostics channel receive. */
export interface LaunchEvent {
  /** What is about to happen, or has just happened. */
  readonly point: LaunchPoint
  /** Names the call of the step in its run. */
  readonly stepRunId: string
  /** From 1. */
  readonly attempt: number
}

const launchChannel = channel('sidestep:launch')

/** The attempt that an effect belongs to. */
export interface AttemptName {
  readonly stepRunId: string
  readonly attempt: number
}

/** Runs one effect of a launch between its two published points. A failed effect publishes no `after`. */
export async function atPoint<T>(name: LaunchPointName, attempt: AttemptName, effect: () => Promise<T>): Promise<T> {
  publish(`${name}:before`, attempt)
  const result = await effect()
  publish(`${name}:after`, attempt)
  return result
}

function publish(point: LaunchPoint, { stepRunId, attempt }: AttemptName): void {
  if (!launchChannel.hasSubscribers) return
  const event: LaunchEvent = { point, stepRunId, attempt }
  launchChannel.publish(event)
}
