import { sql, type Kysely, type RawBuilder, type UpdateQueryBuilder, type UpdateResult } from 'kysely'

import type { AttemptKey } from '../artifact/layout.ts'
import { Query } from './query.ts'
import type { AttemptsTable, Tables } from './tables.ts'

/** An attempt with the records of its create calls: a JSON array of texts, in the order of their numbers. */
export type AttemptRow = AttemptsTable & { readonly creates: string }

type Value<P> = <K extends keyof P>(name: K) => P[K]

/** Nothing where it is there already. */
export const addAttempt: Query<AttemptKey & { readonly at: string }> = new Query((database, value) =>
  database
    .insertInto('attempts')
    .values({
      run_id: value('runId'),
      step_run_id: value('stepRunId'),
      attempt: value('attempt'),
      started_at: value('at'),
    })
    .onConflict((conflict) => conflict.columns(['run_id', 'step_run_id', 'attempt']).doNothing()),
)

/** With the name and the operator of another attempt of the same step run. */
export const addAttemptAfter: Query<AttemptKey & { readonly before: number; readonly at: string }> = new Query(
  (database, value) =>
    database
      .insertInto('attempts')
      .columns(['run_id', 'step_run_id', 'attempt', 'step_name', 'operator', 'started_at'])
      .expression((from) =>
        from
          .selectFrom('attempts')
          .select([
            'run_id',
            'step_run_id',
            sql<number>`${value('attempt')}`.as('attempt'),
            'step_name',
            'operator',
            sql<string>`${value('at')}`.as('started_at'),
          ])
          .where('run_id', '=', value('runId'))
          .where('step_run_id', '=', value('stepRunId'))
          .where('attempt', '=', value('before')),
      )
      .onConflict((conflict) => conflict.columns(['run_id', 'step_run_id', 'attempt']).doNothing()),
)

/** What was left as it was, is open again: whoever begins it goes on with it. */
export const beginAgain: Query<
  AttemptKey & { readonly stepName: string; readonly operator: string | null; readonly token: string | null }
> = new Query((database, value) =>
  update(database, value).set({
    step_name: value('stepName'),
    operator: value('operator'),
    token: value('token'),
    outcome: unlessDetached('outcome'),
    ended_at: unlessDetached('ended_at'),
  }),
)

function unlessDetached(column: 'outcome' | 'ended_at'): RawBuilder<string | null> {
  return sql<string | null>`iif(outcome ->> '$.status' = 'detached', null, ${sql.ref(column)})`
}

export const setIntent: Query<AttemptKey & { readonly intent: string }> = new Query((database, value) =>
  update(database, value).set({ intent: value('intent') }),
)

export const setHandle: Query<AttemptKey & { readonly handle: string }> = new Query((database, value) =>
  update(database, value).set({ handle: value('handle') }),
)

export const setOutcome: Query<AttemptKey & { readonly outcome: string; readonly at: string }> = new Query(
  (database, value) => update(database, value).set({ outcome: value('outcome'), ended_at: value('at') }),
)

export const setCreate: Query<AttemptKey & { readonly n: number; readonly record: string }> = new Query(
  (database, value) =>
    database
      .insertInto('creates')
      .values({
        run_id: value('runId'),
        step_run_id: value('stepRunId'),
        attempt: value('attempt'),
        n: value('n'),
        record: value('record'),
      })
      .onConflict((conflict) =>
        conflict
          .columns(['run_id', 'step_run_id', 'attempt', 'n'])
          .doUpdateSet(({ ref }) => ({ record: ref('excluded.record') })),
      ),
)

const creates = sql<string>`(
  select json_group_array(c.record order by c.n) from creates c
  where c.run_id = attempts.run_id and c.step_run_id = attempts.step_run_id and c.attempt = attempts.attempt
)`.as('creates')

export const oneAttempt: Query<AttemptKey, AttemptRow> = new Query((database, value) =>
  database
    .selectFrom('attempts')
    .selectAll()
    .select(creates)
    .where('run_id', '=', value('runId'))
    .where('step_run_id', '=', value('stepRunId'))
    .where('attempt', '=', value('attempt')),
)

/** Oldest first. */
export function manyAttempts(wanted: { readonly runId?: string; readonly open?: boolean }): Query<object, AttemptRow> {
  const { runId, open } = wanted
  return new Query((database) => {
    let attempts = database
      .selectFrom('attempts')
      .selectAll()
      .select(creates)
      .orderBy('started_at')
      .orderBy(sql`rowid`)
    if (runId !== undefined) attempts = attempts.where('run_id', '=', runId)
    if (open !== undefined) attempts = attempts.where('outcome', open ? 'is' : 'is not', null)
    return attempts
  })
}

function update(
  database: Kysely<Tables>,
  value: Value<AttemptKey>,
): UpdateQueryBuilder<Tables, 'attempts', 'attempts', UpdateResult> {
  return database
    .updateTable('attempts')
    .where('run_id', '=', value('runId'))
    .where('step_run_id', '=', value('stepRunId'))
    .where('attempt', '=', value('attempt'))
}
