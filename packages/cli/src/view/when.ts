import { formatDuration } from '@sidestep/core'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** How long ago a moment was, coarsely: `12s ago`, `3m ago`, `5d ago`. `now`: milliseconds since the epoch. */
export function ago(iso: string, now: number): string {
  const passed = now - Date.parse(iso)
  return passed < SECOND_MS ? 'just now' : `${coarse(passed)} ago`
}

/** How long something has lasted since a moment, coarsely: `12s`, `3m`, `5d`. */
export function ageOf(iso: string, now: number): string {
  return coarse(Math.max(0, now - Date.parse(iso)))
}

/** A moment by the clock of this machine: `2026-11-21 20:23:13`. */
export function localTime(iso: string): string {
  // Swedish writes dates as ISO 8601 does, and in local time.
  return new Date(iso).toLocaleString('sv-SE')
}

/** For a cell: nothing where it is not known. */
export function durationCell(durationMs: number | undefined): string {
  return durationMs === undefined ? '' : formatDuration(durationMs)
}

function coarse(passedMs: number): string {
  if (passedMs < MINUTE_MS) return `${Math.floor(passedMs / SECOND_MS)}s`
  if (passedMs < HOUR_MS) return `${Math.floor(passedMs / MINUTE_MS)}m`
  if (passedMs < DAY_MS) return `${Math.floor(passedMs / HOUR_MS)}h`
  return `${Math.floor(passedMs / DAY_MS)}d`
}
