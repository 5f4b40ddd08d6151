import { randomBytes } from 'node:crypto'

import { configError } from '../errors.ts'
import { quoted } from '../stack/component-name.ts'

/** `20261121-185301-7f3a9c02`: sorts by time (UTC), and reads well in a path. */
export function newRunId(now: Date = new Date()): string {
  const digits = now.toISOString().replaceAll(/\D/g, '')
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${randomBytes(4).toString('hex')}`
}

/** A run's id is a part of keys and labels. Throws `CONFIG_INVALID`. */
export function checkRunId(runId: string): string {
  if (runId !== 'last' && /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(runId)) return runId
  throw configError(
    'CONFIG_INVALID',
    `${quoted(runId)} cannot be the id of a run`,
    'An id has 1 to 63 lower-case letters, digits and hyphens, and no hyphen at its ends; `last` is the newest run.',
  )
}
