import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'

type Sqlite = typeof import('node:sqlite')

let sqlite: Sqlite | undefined

/** `node:sqlite`, loaded when it is first needed, without the one warning that Node.js 22 has for it. */
export function loadSqlite(): Sqlite {
  sqlite ??= withoutSqliteWarning(() => process.getBuiltinModule('node:sqlite'))
  return sqlite
}

/** Runs `load` while Node.js keeps to itself that SQLite is experimental. Every other warning comes through. */
export function withoutSqliteWarning<T>(load: () => T): T {
  const emitWarning = process.emitWarning
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]): void => {
    if (String(warning).includes('SQLite is an experimental feature')) return
    Reflect.apply(emitWarning, process, [warning, ...rest])
  }) as typeof process.emitWarning
  try {
    return load()
  } finally {
    process.emitWarning = emitWarning
  }
}

/** Of the SQLite in this Node.js, such as `3.53.4`. */
export function sqliteVersion(): string {
  const database = new (loadSqlite().DatabaseSync)(':memory:')
  try {
    return (database.prepare('select sqlite_version() as version').get() as { readonly version: string }).version
  } finally {
    database.close()
  }
}

/** The value of a pragma: a number of `user_version`, a text of `journal_mode`. */
export function readPragma(database: DatabaseSync, name: string): SQLOutputValue | undefined {
  return Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0]
}
