import type { ResultManifest } from '../artifact/manifest.ts'
import type { AttemptOutcome } from '../journal/attempt-record.ts'
import type { JournalAttempt, JournalRun, RunWriter } from '../journal/journal.ts'
import { attemptToken } from '../launch/identity.ts'
import type { Intent } from '../launch/intent.ts'
import { encodeEvent, type RecordedEvent } from '../pipeline/recorded-events.ts'
import type { RunTree, StoredAttempt } from './read-run-tree.ts'
import type { RunsPlace } from './runs-place.ts'
import { serviceOf } from './service-of.ts'
import { eventsOf, type NamedAttempt } from './tree-events.ts'

/**
 * Writes what a run's store has into this machine's journal. What is there already stays, so it can be done again and
 * again; only the run's present launcher may write more.
 */
export async function mirrorRun(tree: RunTree, storeUri: string, place: RunsPlace): Promise<JournalRun> {
  const { journal } = place
  const { runId } = tree.record
  await journal.addRun({ record: tree.record, storeUri })
  const launcher = tree.launchers.at(-1)
  const run = await runOf(runId, place)
  if (launcher === undefined) return run
  const writer = await journal.launcher(runId, launcher)
  if (tree.code !== undefined && run.code === undefined) await writer.code(tree.code)
  const attempts = await Promise.all(tree.attempts.map((attempt) => withOperator(attempt, run, place)))
  await mirrorAttempts(attempts, run, writer, place)
  for (const event of await missingEvents(tree, attempts, run, place)) writer.event(encodeEvent(event))
  await writer.flush()
  const end = tree.ends.find(({ n }) => n === launcher.n)
  if (end !== undefined && run.end?.n !== end.n) await writer.end(end)
  return runOf(runId, place)
}

async function runOf(runId: string, { journal }: RunsPlace): Promise<JournalRun> {
  const run = await journal.run(runId)
  if (run === undefined) throw new Error(`the run ${runId} was not added to the journal`)
  return run
}

async function mirrorAttempts(
  attempts: readonly NamedAttempt[],
  { record }: JournalRun,
  writer: RunWriter,
  { journal }: RunsPlace,
): Promise<void> {
  const known = new Map((await journal.attempts({ runId: record.runId })).map((attempt) => [nameOf(attempt), attempt]))
  for (const attempt of attempts) {
    const { key, operator, stepName = key.stepRunId } = attempt
    const there = known.get(nameOf(attempt))
    if (there === undefined) {
      const job = operator === undefined ? {} : { operator, token: attemptToken({ ...key, salt: record.salt }) }
      await writer.beginAttempt(key, { stepName, ...job })
    }
    if (attempt.intent !== undefined && there?.intent === undefined) await writer.intent(key, attempt.intent)
    const written = new Set(there?.creates.map(({ n }) => n))
    for (const create of attempt.creates) if (!written.has(create.n)) await writer.create(key, create)
    if (attempt.handle !== undefined && there?.handle === undefined) await writer.handle(key, attempt.handle)
    if (attempt.result !== undefined && there?.outcome === undefined) {
      await writer.outcome(key, outcomeOf(attempt.result), {})
    }
  }
}

function nameOf({ key }: Pick<JournalAttempt, 'key'>): string {
  return `${key.stepRunId}/${key.attempt}`
}

function outcomeOf(result: ResultManifest): AttemptOutcome {
  if (result.status === 'succeeded') return { status: 'succeeded' }
  return { status: 'failed', kind: result.kind, reason: 'reason' in result ? result.reason : result.error.message }
}

/** Only the events that the journal does not have: it may have seen a part of the run itself. */
async function missingEvents(
  tree: RunTree,
  attempts: readonly NamedAttempt[],
  { record, storeUri, projectFolder = '' }: JournalRun,
  { journal }: RunsPlace,
): Promise<readonly RecordedEvent[]> {
  const recorded = (await journal.events(record.runId)).map(({ event }) => event as RecordedEvent)
  const known = new Set(identify(recorded).map(({ id }) => id))
  return identify(eventsOf(tree, attempts, { storeUri, projectFolder })).flatMap(({ id, event }) =>
    known.has(id) ? [] : [event],
  )
}

/** Says of each event what it is whoever tells of it: a run ends once under each launcher, an attempt begins once. */
function identify(events: readonly RecordedEvent[]): readonly { readonly id: string; readonly event: RecordedEvent }[] {
  let launcher = 0
  return events.map((event) => {
    if (event.type === 'run.started') ({ launcher } = event)
    const subject = 'stepRunId' in event ? [event.stepRunId, 'attempt' in event ? event.attempt : ''] : [launcher]
    return { id: [event.type, ...subject].join(' '), event }
  })
}

/**
 * A job's operator by its name in the stack: as the spec says, else the one of the intent's flavor and scope. Never
 * none: an attempt without one would count as a step of its launcher's process, and its job be forgotten.
 */
async function withOperator(attempt: StoredAttempt, run: JournalRun, { stacks }: RunsPlace): Promise<NamedAttempt> {
  if (attempt.inProcess || attempt.operator !== undefined) return attempt
  const names = Object.entries(run.record.stack.stepOperators)
  const { flavor, scope } = (attempt.intent ?? {}) as Partial<Intent>
  const fitting = names.filter(([, described]) => described.flavor === flavor)
  const [first] = fitting.length === 0 ? names : fitting
  if (fitting.length > 1) {
    for (const [name] of fitting) {
      if (serviceOf(await stacks.operator(run, name))?.scope === scope) return { ...attempt, operator: name }
    }
  }
  return { ...attempt, operator: first?.[0] ?? '*' }
}
