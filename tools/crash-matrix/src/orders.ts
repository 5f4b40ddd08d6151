import type { LaunchPoint } from '@sidestep/core'

/** What a launcher does to itself when it comes to a place in its launches. */
export interface Order {
  /** Absent: any point counts. */
  readonly point?: LaunchPoint
  /** The how many-th time, from 1. */
  readonly time: number
  readonly act: Act
}

export type Act = 'SIGKILL' | 'SIGSTOP' | 'SIGINT' | 'shift-clock'

/** Read by the preload from a file. */
export interface Orders {
  readonly orders: readonly Order[]
  /** Path of the file in which every point, and every act before it is done, gets a line. */
  readonly log: string
  /** Hours that the clock is wrong from the start. */
  readonly clockHours?: number
  /** Hours by which `shift-clock` shifts it. */
  readonly shiftHours?: number
}

/** Stands before an act in the log; other lines are points. */
export const ACT_MARK = '! '
