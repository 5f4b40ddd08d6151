import { LAUNCH_POINTS, type LaunchPoint } from '@sidestep/core'

import type { Order } from './orders.ts'
import type { Random } from './random.ts'

/** Every place where a launcher is killed, in the order of a launch. */
export const POINTS: readonly LaunchPoint[] = LAUNCH_POINTS.flatMap((name) => [
  `${name}:before` as const,
  `${name}:after` as const,
])

/** Those that launches of all flavors come to: an image is built only for operators that run one. */
export const POINTS_WITHOUT_IMAGE: readonly LaunchPoint[] = POINTS.filter((point) => !point.startsWith('1.image:'))

/** What has to be done so that a launcher comes to a point. */
export interface Recipe {
  /** A launcher that is killed before: what it leaves makes the next one come to the point. */
  readonly first?: Order
  /** The launcher is told to cancel the run, at this place or while its jobs run. */
  readonly cancel?: 'running' | Order
  /** A job is killed while it runs. */
  readonly killsJob?: boolean
}

/** Where each point lies on a launch's way. */
export function recipeOf(point: LaunchPoint, random: Random): Recipe {
  const [name] = point.split(':')
  switch (name) {
    // A job was created, or was about to be, and its handle is not known: it is looked for.
    case '4.find': {
      const before = ['3.create-record:after', '4.submit:before', '4.submit:after', '6.handle:before'] as const
      return { first: { point: random.pick(before), time: 1, act: 'SIGKILL' } }
    }
    // A create that may still arrive, of an attempt that is given up.
    case '5.close-owner':
      return {
        first: { point: random.pick(['3.create-record:after', '4.submit:before']), time: 1, act: 'SIGKILL' },
        cancel: { point: '4.find:before', time: 1, act: 'SIGINT' },
      }
    case '7.cancel':
      return { cancel: 'running' }
    case '8.settle':
    case '9.retry':
      return { killsJob: true }
    default:
      return {}
  }
}

/** How many times a fresh launcher passes a point for certain: jobs of two steps run beside each other. */
export function timesOf(point: LaunchPoint): number {
  if (point.startsWith('1.') || /^(4\.find|5\.|7\.cancel|8\.settle|9\.)/.test(point)) return 1
  return point.startsWith('7.observe') ? 6 : 2
}
