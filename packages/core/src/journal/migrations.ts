import { sql, type Kysely } from 'kysely'

/** One change of the journal's tables. What is released never changes: the next change is the next migration. */
export interface Migration {
  /** Sorts after all earlier ones. */
  readonly name: string
  up(database: Kysely<unknown>): Promise<void>
}

/** All of them, oldest first. A journal's version is how many of them it has. */
export const MIGRATIONS: readonly Migration[] = [
  { name: '0001-runs-attempts-events', up: createTables },
  { name: '0002-cancel-requests-name-a-launcher', up: nameLauncherOfCancel },
]

async function createTables({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('runs')
    .addColumn('run_id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('pipeline', 'text', (column) => column.notNull())
    .addColumn('started_at', 'text', (column) => column.notNull())
    .addColumn('record', 'text', (column) => column.notNull())
    .addColumn('store_uri', 'text', (column) => column.notNull())
    .addColumn('project_folder', 'text')
    .addColumn('fence', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('launcher', 'text')
    .addColumn('code', 'text')
    .addColumn('end', 'text')
    .addColumn('cancel_requested_at', 'text')
    .modifyEnd(sql`strict`)
    .execute()
  await schema.createIndex('runs_by_start').on('runs').column('started_at').execute()

  await schema
    .createTable('attempts')
    .addColumn('run_id', 'text', (column) => column.notNull().references('runs.run_id'))
    .addColumn('step_run_id', 'text', (column) => column.notNull())
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('step_name', 'text')
    .addColumn('operator', 'text')
    .addColumn('token', 'text')
    .addColumn('intent', 'text')
    .addColumn('handle', 'text')
    .addColumn('outcome', 'text')
    .addColumn('started_at', 'text', (column) => column.notNull())
    .addColumn('ended_at', 'text')
    .addPrimaryKeyConstraint('attempts_key', ['run_id', 'step_run_id', 'attempt'])
    .modifyEnd(sql`strict`)
    .execute()
  await schema
    .createIndex('open_attempts')
    .on('attempts')
    .column('run_id')
    .where(sql.ref('outcome'), 'is', null)
    .execute()

  await schema
    .createTable('creates')
    .addColumn('run_id', 'text', (column) => column.notNull())
    .addColumn('step_run_id', 'text', (column) => column.notNull())
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('n', 'integer', (column) => column.notNull())
    .addColumn('record', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('creates_key', ['run_id', 'step_run_id', 'attempt', 'n'])
    .addForeignKeyConstraint('creates_of_attempts', ['run_id', 'step_run_id', 'attempt'], 'attempts', [
      'run_id',
      'step_run_id',
      'attempt',
    ])
    .modifyEnd(sql`strict`)
    .execute()

  await schema
    .createTable('events')
    .addColumn('seq', 'integer', (column) => column.primaryKey().notNull())
    .addColumn('run_id', 'text', (column) => column.notNull().references('runs.run_id'))
    .addColumn('event', 'text', (column) => column.notNull())
    .modifyEnd(sql`strict`)
    .execute()
  await schema.createIndex('events_of_runs').on('events').columns(['run_id', 'seq']).execute()
}

/** Until then, a request was for the launcher of its time: a later one took it back. */
async function nameLauncherOfCancel(database: Kysely<unknown>): Promise<void> {
  await database.schema
    .alterTable('runs')
    .addColumn('cancel_requested_for', 'integer', (column) => column.notNull().defaultTo(0))
    .execute()
  await sql`update runs set cancel_requested_for = fence where cancel_requested_at is not null`.execute(database)
}
