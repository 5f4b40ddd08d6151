import { dirname } from 'node:path'

import { distance } from 'fastest-levenshtein'

import { configError, type SidestepError } from '../errors.ts'
import type { Journal, JournalRun } from '../journal/journal.ts'
import { quoted } from '../stack/component-name.ts'

/** So many runs are looked through for ids that are like one that does not exist. */
const LOOKED_THROUGH = 1_000
const SUGGESTED = 3

/** The run with this id, or the only one whose id begins so; `last` is the newest. Throws `RUN_UNKNOWN`. */
export async function findRun(idOrPrefix: string, journal: Journal): Promise<JournalRun> {
  const exact = await journal.run(idOrPrefix)
  if (exact !== undefined) return exact
  if (idOrPrefix === 'last') {
    const [newest] = await journal.runs({ limit: 1 })
    if (newest !== undefined) return newest
    throw noRunYet(journal.path)
  }
  const found = idOrPrefix === '' ? [] : await journal.runs({ idPrefix: idOrPrefix, limit: SUGGESTED + 1 })
  const [only, second] = found
  if (only !== undefined && second === undefined) return only
  if (only !== undefined) {
    const ids = found.slice(0, SUGGESTED).map(({ record }) => record.runId)
    const more = found.length > SUGGESTED ? ', and more' : ''
    throw configError(
      'RUN_UNKNOWN',
      `the ids of several runs begin with ${quoted(idOrPrefix)}`,
      `They are ${ids.join(', ')}${more}.`,
    )
  }
  throw configError(
    'RUN_UNKNOWN',
    `there is no run ${quoted(idOrPrefix)} in ${dirname(journal.path)}`,
    await nearest(idOrPrefix, journal),
  )
}

/** The error of whoever looks for a run where there is none. */
export function noRunYet(journalPath: string): SidestepError {
  return configError('RUN_UNKNOWN', `there is no run in ${dirname(journalPath)} yet`, FIRST_RUN)
}

const FIRST_RUN = 'Start one: `sidestep run FILE`. Or record one of another machine: `sidestep runs attach URI`.'

/** Only ids that may have been meant: one of which a third is wrong is another. */
async function nearest(wanted: string, journal: Journal): Promise<string> {
  const ids = (await journal.runs({ limit: LOOKED_THROUGH })).map(({ record }) => record.runId)
  if (ids.length === 0) return FIRST_RUN
  const near = ids
    .map((id) => ({ id, far: distance(wanted, id.slice(0, Math.max(wanted.length, 1))) }))
    .filter(({ far }) => far <= wanted.length / 3)
    .toSorted((a, b) => a.far - b.far)
    .slice(0, SUGGESTED)
  if (near.length === 0) return '`sidestep runs list` shows those that there are.'
  return `The nearest: ${near.map(({ id }) => id).join(', ')}. \`sidestep runs list\` shows them all.`
}
