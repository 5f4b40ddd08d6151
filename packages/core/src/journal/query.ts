import type { SQLInputValue } from 'node:sqlite'

import { Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, DummyDriver, type Compilable } from 'kysely'

import type { Tables } from './tables.ts'

/** A value of a query that is only known when it runs. */
class Placeholder {
  readonly name: PropertyKey

  constructor(name: PropertyKey) {
    this.name = name
  }
}

const builder = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (database) => new SqliteIntrospector(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
})

/** Writes the query: `value` stands for what it will be given. */
export type BuildQuery<P, R> = (database: Kysely<Tables>, value: <K extends keyof P>(name: K) => P[K]) => Compilable<R>

/** A query that is built once, when it is first used, and run many times. */
export class Query<P extends object, R = unknown> {
  readonly #build: BuildQuery<P, R>
  #compiled: { readonly text: string; readonly parameters: readonly unknown[] } | undefined

  constructor(build: BuildQuery<P, R>) {
    this.#build = build
  }

  get text(): string {
    return this.#compile().text
  }

  /** In the order in which the query needs them. */
  bind(values: P): SQLInputValue[] {
    return this.#compile().parameters.map(
      (each) => (each instanceof Placeholder ? values[each.name as keyof P] : each) as SQLInputValue,
    )
  }

  #compile(): { readonly text: string; readonly parameters: readonly unknown[] } {
    if (this.#compiled === undefined) {
      const { sql, parameters } = this.#build(builder, (name) => new Placeholder(name) as never).compile()
      this.#compiled = { text: sql, parameters }
    }
    return this.#compiled
  }
}
