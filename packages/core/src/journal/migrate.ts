import type { DatabaseSync, SQLInputValue } from 'node:sqlite'

import { Kysely, SqliteDialect } from 'kysely'
import { Migrator } from 'kysely/migration'

import type { Migration } from './migrations.ts'

/** Brings a database up to date, inside a transaction that the caller holds. */
export async function migrate(database: DatabaseSync, migrations: readonly Migration[]): Promise<void> {
  // Never destroyed: that would close the database, which belongs to the caller.
  const kysely = new Kysely<unknown>({ dialect: new SqliteDialect({ database: forKysely(database) }) })
  const migrator = new Migrator({
    db: kysely,
    provider: { getMigrations: async () => Object.fromEntries(migrations.map((each) => [each.name, each])) },
    disableTransactions: true,
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error instanceof Error ? error : new Error('a migration failed', { cause: error })
  database.exec(`pragma user_version = ${migrations.length}`)
}

/** `node:sqlite` with the surface of the library that kysely's dialect was made for. */
function forKysely(database: DatabaseSync): ConstructorParameters<typeof SqliteDialect>[0]['database'] {
  return {
    close: () => database.close(),
    prepare: (text) => {
      const statement = database.prepare(text)
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...(parameters as readonly SQLInputValue[])),
        run: (parameters) => statement.run(...(parameters as readonly SQLInputValue[])),
        iterate: (parameters) => statement.iterate(...(parameters as readonly SQLInputValue[])),
      }
    },
  }
}
