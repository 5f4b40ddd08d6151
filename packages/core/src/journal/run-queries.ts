import { sql } from 'kysely'

import { Query } from './query.ts'
import type { RunsTable } from './tables.ts'

interface OneRun {
  readonly runId: string
}

export const addRun: Query<
  OneRun & {
    readonly pipeline: string
    readonly startedAt: string
    readonly record: string
    readonly storeUri: string
    readonly projectFolder: string | null
  }
> = new Query((database, value) =>
  database
    .insertInto('runs')
    .values({
      run_id: value('runId'),
      pipeline: value('pipeline'),
      started_at: value('startedAt'),
      record: value('record'),
      store_uri: value('storeUri'),
      project_folder: value('projectFolder'),
      fence: 0,
      cancel_requested_for: 0,
    })
    .onConflict((conflict) => conflict.column('run_id').doNothing()),
)

/** Where its store and its project are now. */
export const moveRun: Query<OneRun & { readonly storeUri: string; readonly projectFolder: string | null }> = new Query(
  (database, value) =>
    database
      .updateTable('runs')
      .set(({ fn, ref }) => ({
        store_uri: value('storeUri'),
        project_folder: fn.coalesce(sql<string | null>`${value('projectFolder')}`, ref('project_folder')),
      }))
      .where('run_id', '=', value('runId')),
)

export const oneRun: Query<OneRun, RunsTable> = new Query((database, value) =>
  database.selectFrom('runs').selectAll().where('run_id', '=', value('runId')),
)

/** Newest first. */
export function manyRuns(wanted: {
  readonly pipeline?: string
  readonly unfinished?: boolean
  readonly idPrefix?: string
  readonly limit?: number
}): Query<object, RunsTable> {
  const { pipeline, unfinished, idPrefix, limit } = wanted
  return new Query((database) => {
    let runs = database.selectFrom('runs').selectAll().orderBy('started_at', 'desc').orderBy('run_id', 'desc')
    if (pipeline !== undefined) runs = runs.where('pipeline', '=', pipeline)
    if (unfinished !== undefined) runs = runs.where('end', unfinished ? 'is' : 'is not', null)
    // Not `like`: it has characters of its own, and takes capitals for small letters.
    if (idPrefix !== undefined) runs = runs.where(sql<boolean>`substr(run_id, 1, length(${idPrefix})) = ${idPrefix}`)
    return limit === undefined ? runs : runs.limit(limit)
  })
}

/** The first request for a launcher stays. */
export const requestCancel: Query<OneRun & { readonly at: string; readonly launcher: number }> = new Query(
  (database, value) =>
    database
      .updateTable('runs')
      .set({ cancel_requested_at: value('at'), cancel_requested_for: value('launcher') })
      .where('run_id', '=', value('runId'))
      .where('cancel_requested_for', '<', value('launcher')),
)

export const cancelRequest: Query<OneRun, Pick<RunsTable, 'cancel_requested_for'>> = new Query((database, value) =>
  database.selectFrom('runs').select('cancel_requested_for').where('run_id', '=', value('runId')),
)

export const fenceOfRun: Query<OneRun, Pick<RunsTable, 'fence'>> = new Query((database, value) =>
  database.selectFrom('runs').select('fence').where('run_id', '=', value('runId')),
)

export const raiseFence: Query<OneRun & { readonly fence: number; readonly launcher: string }> = new Query(
  (database, value) =>
    database
      .updateTable('runs')
      .set({
        fence: value('fence'),
        launcher: value('launcher'),
        end: null,
      })
      .where('run_id', '=', value('runId')),
)

export const setCode: Query<OneRun & { readonly code: string }> = new Query((database, value) =>
  database
    .updateTable('runs')
    .set({ code: value('code') })
    .where('run_id', '=', value('runId')),
)

export const setEnd: Query<OneRun & { readonly end: string }> = new Query((database, value) =>
  database
    .updateTable('runs')
    .set({ end: value('end') })
    .where('run_id', '=', value('runId')),
)

export const addEvent: Query<OneRun & { readonly event: string }> = new Query((database, value) =>
  database.insertInto('events').values({ run_id: value('runId'), event: value('event') }),
)

/** Oldest first. */
export const eventsAfter: Query<OneRun & { readonly after: number }, { readonly seq: number; readonly event: string }> =
  new Query((database, value) =>
    database
      .selectFrom('events')
      .select(['seq', 'event'])
      .where('run_id', '=', value('runId'))
      .where('seq', '>', value('after'))
      .orderBy('seq'),
  )
