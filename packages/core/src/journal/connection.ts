import type { DatabaseSync, StatementSync } from 'node:sqlite'

import { journalError } from './journal-error.ts'
import type { Query } from './query.ts'
import { loadSqlite } from './sqlite.ts'

export interface ConnectionOptions {
  /** `full` and `extra` have a transaction on the disk before it counts, `normal` before a checkpoint. */
  readonly synchronous: 'normal' | 'full' | 'extra'
  /** How long a call waits for another process, in milliseconds. It blocks meanwhile. */
  readonly busyTimeoutMs: number
}

/** One connection to the journal's database. All of its errors say what to do. */
export class Connection implements Disposable {
  readonly #path: string
  readonly #database: DatabaseSync
  readonly #statements: WeakMap<object, StatementSync> = new WeakMap()
  readonly #begin: StatementSync
  readonly #commit: StatementSync

  constructor(path: string, { synchronous, busyTimeoutMs }: ConnectionOptions) {
    this.#path = path
    try {
      this.#database = new (loadSqlite().DatabaseSync)(path)
      this.#database.exec(`pragma busy_timeout = ${busyTimeoutMs}; pragma synchronous = ${synchronous}`)
      this.#begin = this.#database.prepare('begin immediate')
      this.#commit = this.#database.prepare('commit')
    } catch (error) {
      throw journalError(error, path)
    }
  }

  all<P extends object, R>(query: Query<P, R>, values: P): R[] {
    return this.#translated(() => this.#statement(query).all(...query.bind(values)) as R[])
  }

  get<P extends object, R>(query: Query<P, R>, values: P): R | undefined {
    return this.#translated(() => this.#statement(query).get(...query.bind(values)) as R | undefined)
  }

  /** Returns how many rows it changed. */
  run<P extends object>(query: Query<P>, values: P): number {
    return this.#translated(() => Number(this.#statement(query).run(...query.bind(values)).changes))
  }

  /** Everything that `work` does, or nothing. It must not wait for anything: others cannot write meanwhile. */
  transaction<T>(work: () => T): T {
    return this.#translated(() => {
      this.#begin.run()
      try {
        const result = work()
        this.#commit.run()
        return result
      } finally {
        // SQLite ends the transaction itself after some errors.
        if (this.#database.isTransaction) this.#database.exec('rollback')
      }
    })
  }

  close(): void {
    if (this.#database.isOpen) this.#translated(() => this.#database.close())
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #statement(query: Query<never>): StatementSync {
    let statement = this.#statements.get(query)
    if (statement === undefined) {
      statement = this.#database.prepare(query.text)
      this.#statements.set(query, statement)
    }
    return statement
  }

  #translated<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw journalError(error, this.#path)
    }
  }
}
