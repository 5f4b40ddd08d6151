import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { pipeline, step, type Pipeline, type Step } from '@sidestep/core'

import { filesBelow, writeBare, type WrittenFile } from './bare-files.ts'
import { temporaryHome } from './home.ts'
import { recordSql, replaySql, type RecordedSql } from './recorded-sql.ts'
import { median, type Report } from './report.ts'

const STEPS = 300
const ROUNDS = 7

const next: Step<number, number> = step({ name: 'next' }, (n: number) => n + 1)

const many: Pipeline<number, void> = pipeline(
  'many-steps',
  async (steps: number) => {
    for (let n = 0; n < steps; n += 1) await next(n)
  },
  { module: import.meta.url },
)

/** All that a run wrote. */
interface Workload {
  readonly sql: RecordedSql
  readonly files: readonly WrittenFile[]
}

/** What a durable step in this process costs, beside the same SQLite transactions and files written bare. */
export async function inProcessStep(): Promise<Report> {
  using home = temporaryHome()
  const schema = join(home.path, 'empty.db')
  const workload = await record(schema)
  const ratios: number[] = []
  const stepMs: number[] = []
  // Loads everything that is loaded on first use.
  await runIn(1)
  await writtenBare(workload, schema)
  for (let round = 0; round < ROUNDS; round += 1) {
    const run = await runIn(STEPS)
    stepMs.push(run / STEPS)
    ratios.push(run / (await writtenBare(workload, schema)))
  }
  const { sql, files } = workload
  const commits = sql.statements.filter(({ sql: text }) => /^commit/i.test(text)).length
  const changes = sql.statements.filter(({ sql: text }) => !/^(?:begin|commit)/i.test(text)).length
  return {
    title: 'in-process-step: a run of steps in this process, journal and results on the disk, beside bare writes',
    figures: [
      { what: 'run, in times of the same transactions and files written bare', value: median(ratios), target: 3 },
    ],
    notes: [
      `medians of ${ROUNDS} rounds of ${STEPS} steps one after the other; a step takes ${median(stepMs).toFixed(1)} ms here, today`,
      `per step: ${(files.length / STEPS).toFixed(1)} files, ${(commits / STEPS).toFixed(1)} transactions of ${(changes / STEPS).toFixed(1)} statements`,
    ],
  }
}

/** Looks at what one run writes, and leaves an empty journal at `schema`. */
async function record(schema: string): Promise<Workload> {
  using home = temporaryHome()
  const sql = await recordSql(() => many.run(STEPS))
  const { statements } = sql
  // A new journal's tables are not what a step costs: it begins with the transaction that adds the run.
  const first = statements.findIndex(({ sql: text }) => /^insert .*\bruns\b/i.test(text)) - 1
  copyFileSync(join(home.path, 'journal.db'), schema)
  const database = new DatabaseSync(schema, { enableForeignKeyConstraints: false })
  const tables = database
    .prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
    .all()
  for (const { name } of tables) if (!/migration/.test(String(name))) database.exec(`delete from "${String(name)}"`)
  database.close()
  return { sql: { ...sql, statements: statements.slice(first) }, files: filesBelow(join(home.path, 'store')) }
}

async function runIn(steps: number): Promise<number> {
  using _home = temporaryHome()
  const start = performance.now()
  await many.run(steps)
  return performance.now() - start
}

async function writtenBare({ sql, files }: Workload, schema: string): Promise<number> {
  using home = temporaryHome()
  const path = join(home.path, 'journal.db')
  mkdirSync(join(home.path, 'store'))
  copyFileSync(schema, path)
  const start = performance.now()
  replaySql(sql, path)
  await writeBare(files, join(home.path, 'store'))
  return performance.now() - start
}
