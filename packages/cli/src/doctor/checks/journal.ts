import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openProjectRuns } from '../../commands/answer.ts'
import type { Check, Outcome } from '../check.ts'
import { existingFolder } from '../existing-folder.ts'

/** So long, in milliseconds, may providers take to say what became of jobs. */
const PATIENCE_MS = 30_000
const NAMED = 5

/** Opens it as every other command does; where there is none, none is made. */
export const journalCheck: Check = {
  name: 'journal',
  tried: 'opening it',
  run: async ({ project: { home } }) => {
    const path = join(home, 'journal.db')
    if (!existsSync(path))
      return [{ state: 'ok', found: 'there is none yet: the first run makes it' }, ...(await modeFor(home))]
    await using runs = await openProjectRuns()
    await runs.list({ limit: 1 })
    return [{ state: 'ok', found: path }, ...(await modeFor(home))]
  },
}

/** A journal that is kept the slow way is no mistake; where that can be changed, it is worth a word. */
async function modeFor(home: string): Promise<Outcome[]> {
  const { explainJournalMode } = await import('@sidestep/core')
  const report = await explainJournalMode(existingFolder(home))
  if (report.networkFileSystem !== undefined) {
    return [
      {
        state: 'warning',
        found: `it lies on a file system (${report.networkFileSystem}) that is, or may be, on another machine: it is slower there`,
        hint: 'Set SIDESTEP_HOME to a folder on a disk of this machine, where only this machine runs pipelines.',
      },
    ]
  }
  if (report.mode === 'wal' || !report.isOldSqlite) return []
  return [
    {
      state: 'ok',
      found: `the SQLite ${report.sqliteVersion} of this Node.js has a bug in its fast mode, so the slower one is used`,
    },
  ]
}

/** Runs that wait for somebody to go on with them. */
export const runsCheck: Check = {
  name: 'runs',
  tried: 'whether all that began have ended',
  run: async () => {
    await using runs = await openProjectRuns()
    const unfinished = await runs.list({ unfinished: true })
    const left = unfinished.filter(({ state }) => state === 'interrupted' || state === 'silent')
    const running = unfinished.length - left.length
    const outcomes: Outcome[] =
      left.length === 0 || running > 0
        ? [{ state: 'ok', found: running === 0 ? 'all have ended' : `${running} on the way` }]
        : []
    if (left.length === 0) return outcomes
    return [
      ...outcomes,
      {
        state: 'warning',
        found: `${left.length} interrupted or silent: ${named(left.map(({ runId }) => runId))}`,
        hint: '`sidestep runs resume ID` goes on with one, `sidestep runs cancel ID` ends it.',
      },
    ]
  },
}

/** Jobs that may cost something and that nobody looks after. */
export const jobsCheck: Check = {
  name: 'jobs',
  tried: 'whether somebody looks after each',
  run: async () => {
    await using runs = await openProjectRuns()
    const outcomes: Outcome[] = []
    const orphans = await runs.jobs({
      orphans: true,
      signal: AbortSignal.timeout(PATIENCE_MS),
      onProblem: (text) => outcomes.push({ state: 'warning', found: text }),
    })
    if (orphans.length === 0) return [...outcomes, { state: 'ok', found: 'there is no orphan' }]
    return [
      ...outcomes,
      {
        state: 'warning',
        found: `${orphans.length} that nobody looks after: ${named(orphans.map(({ id }) => id))}`,
        hint: '`sidestep runs resume ID` takes those of a run up again, `sidestep jobs reap` ends them.',
      },
    ]
  },
}

function named(ids: readonly string[]): string {
  return `${ids.slice(0, NAMED).join(', ')}${ids.length > NAMED ? ', …' : ''}`
}
