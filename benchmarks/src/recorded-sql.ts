import { DatabaseSync, StatementSync, type SQLInputValue } from 'node:sqlite'

/** One statement that changes something, as it was run. */
export interface RecordedStatement {
  /** Of the connection that ran it, counted from 0. */
  readonly connection: number
  readonly sql: string
  readonly values: readonly SQLInputValue[]
}

export interface RecordedSql {
  readonly statements: readonly RecordedStatement[]
  /** By connection. */
  readonly synchronous: readonly string[]
}

/** Everything that is written through `node:sqlite` in this process while `work` runs. */
export async function recordSql(work: () => Promise<void>): Promise<RecordedSql> {
  const statements: RecordedStatement[] = []
  const synchronous: string[] = []
  const connections = new Map<DatabaseSync, number>()
  const owners = new WeakMap<StatementSync, number>()
  const numberOf = (database: DatabaseSync): number => {
    const known = connections.get(database) ?? connections.size
    connections.set(database, known)
    return known
  }
  const { prepare, exec } = DatabaseSync.prototype
  const { run } = StatementSync.prototype
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, ...args: Parameters<typeof prepare>) {
    const statement = Reflect.apply(prepare, this, args)
    owners.set(statement, numberOf(this))
    return statement
  }
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
    const level = /synchronous = (\w+)/.exec(sql)?.[1]
    if (level !== undefined) synchronous[numberOf(this)] = level
    Reflect.apply(exec, this, [sql])
  }
  StatementSync.prototype.run = function (this: StatementSync, ...values: SQLInputValue[]) {
    statements.push({ connection: owners.get(this) ?? -1, sql: this.sourceSQL, values })
    return Reflect.apply(run, this, values)
  } as typeof run
  try {
    await work()
  } finally {
    Object.assign(DatabaseSync.prototype, { prepare, exec })
    Object.assign(StatementSync.prototype, { run })
  }
  return { statements, synchronous }
}

/** Runs recorded statements on a database of the same tables, through as many connections as wrote then. */
export function replaySql({ statements, synchronous }: RecordedSql, path: string): void {
  const connections = new Map<
    number,
    { readonly database: DatabaseSync; readonly prepared: Map<string, StatementSync> }
  >()
  for (const { connection: number } of statements) {
    if (connections.has(number)) continue
    const database = new DatabaseSync(path)
    database.exec(`pragma synchronous = ${synchronous[number] ?? 'full'}`)
    connections.set(number, { database, prepared: new Map() })
  }
  for (const { connection: number, sql, values } of statements) {
    const { database, prepared } = connections.get(number) ?? { prepared: new Map<string, StatementSync>() }
    let statement = prepared.get(sql)
    if (statement === undefined && database !== undefined) {
      statement = database.prepare(sql)
      prepared.set(sql, statement)
    }
    statement?.run(...values)
  }
  for (const { database } of connections.values()) database.close()
}
