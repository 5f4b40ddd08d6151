import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { encodeJson } from '../artifact/json-object.ts'
import { endKey } from '../artifact/layout.ts'
import { putOnce } from '../artifact/put-once.ts'
import { messageOf, SidestepError } from '../errors.ts'
import type { JournalAttempt, JournalRun, RunWriter } from '../journal/journal.ts'
import type { Launcher } from '../journal/launcher.ts'
import { MirroredAttempt } from '../journal/mirrored-attempt.ts'
import type { RunEnd } from '../journal/run-record.ts'
import { endAttempt } from '../launch/end-attempt.ts'
import { attemptToken } from '../launch/identity.ts'
import { readEnd, spentAttempts, takeRun } from '../pipeline/take-run.ts'
import { flavorOf } from '../stack/component.ts'
import { operatorLabel } from './job-summary.ts'
import { mirrorRun } from './mirror-run.ts'
import { readRunTree, type RunTree } from './read-run-tree.ts'
import type { RunsPlace } from './runs-place.ts'
import { handleOf } from './stored-handle.ts'

const REASON = 'the run was cancelled after its launcher had gone'

export interface EndAbandonedOptions {
  /** Also where its launcher is only silent. */
  readonly takeOver: boolean
  readonly signal: AbortSignal
  /** Told of progress, a line at a time. */
  readonly onEvent: (text: string) => void
}

/** What ending the run's attempts takes. */
interface Ending extends EndAbandonedOptions {
  readonly run: JournalRun
  readonly launcher: Launcher
  readonly writer: RunWriter
  readonly store: ArtifactStore
}

/**
 * Becomes the launcher of a run whose own is gone, ends its jobs, and says that it was cancelled. Rejects with
 * `RUN_OWNED` where it has another launcher, and with what is left where a job could not be ended: the run stays
 * unfinished then, and can be cancelled again.
 */
export async function endAbandonedRun(
  given: JournalRun,
  place: RunsPlace,
  options: EndAbandonedOptions,
): Promise<void> {
  const { journal, stacks, clock } = place
  const { runId } = given.record
  const store = await stacks.store(given)
  const started = clock.now()
  const { takeOver } = options
  const launcher = await takeRun(runId, { store, journalId: journal.id, fence: given.fence, takeOver })
  const lost = new AbortController()
  const signal = AbortSignal.any([options.signal, lost.signal])
  try {
    launcher.keep(
      { onTakenOver: (error) => lost.abort(error), onCancel: () => undefined },
      { store, cancelRequested: () => false },
    )
    // What other machines did since this journal was written is in the store, this launcher among it.
    const tree = await readRunTree(runId, store)
    const run = await mirrorRun(tree, given.storeUri, place)
    const writer = await journal.launcher(runId, launcher.record)
    // It may have ended between the look at it and its taking: that end stays.
    const earlier = await readEnd(runId, launcher.n - 1, store)
    if (earlier === undefined) await endAttempts({ ...options, signal, run, launcher, writer, store }, place)
    const after = earlier === undefined ? await readRunTree(runId, store) : tree
    const end: RunEnd =
      earlier === undefined
        ? {
            version: 1,
            n: launcher.n,
            status: 'cancelled',
            at: clock.date().toISOString(),
            durationMs: clock.now() - started,
            spent: await spentOf(after, launcher, store),
          }
        : { ...earlier, n: launcher.n }
    await launcher.check()
    await putOnce(store, endKey(runId, launcher.n), encodeJson(end))
    // How its attempts, its steps and it itself ended is told as their launcher would have.
    if (earlier === undefined) await mirrorRun({ ...after, ends: [...after.ends, end] }, given.storeUri, place)
    else await writer.end(end)
    launcher.stop()
  } catch (error) {
    launcher.stop()
    // So that somebody else, or another try, can have it at once.
    if (!lost.signal.aborted) await launcher.release()
    throw error
  }
}

async function endAttempts(ending: Ending, place: RunsPlace): Promise<void> {
  const { runId } = ending.run.record
  const open = await place.journal.attempts({ runId, open: true })
  // In its launcher's process, a step was over when the process was.
  const jobs = open.filter(({ operator }) => operator !== undefined)
  const ended = await Promise.allSettled(jobs.map((attempt) => endOne(attempt, ending, place)))
  ending.signal.throwIfAborted()
  const left = ended.flatMap((end, index) => (end.status === 'rejected' ? [leftOver(jobs[index], end.reason)] : []))
  if (left.length === 0) return
  throw new SidestepError(`the run ${runId} is not cancelled: ${left.join('; ')}`, {
    code: 'JOB_FAILED',
    kind: 'infra',
    hint: `End what is left by the means of its provider, or mend what is in the way, then \`sidestep runs cancel ${runId}\` again.`,
    cause: ended.find((end) => end.status === 'rejected')?.reason,
  })
}

async function endOne(attempt: JournalAttempt, ending: Ending, place: RunsPlace): Promise<void> {
  const { run, launcher, writer, store, signal, onEvent } = ending
  const { journal, stacks, clock, random } = place
  const { key, operator: name = '', stepName = key.stepRunId } = attempt
  const token = attemptToken({ ...key, salt: run.record.salt })
  const record = new MirroredAttempt(key, { stepName, operator: name, token }, { journal, writer, launcher, store })
  const operator = await stacks.operator(run, name)
  onEvent(`ending ${stepName}, attempt ${key.attempt}, on ${operatorLabel(name, flavorOf(operator))}`)
  const warn = (message: string): void => onEvent(`${stepName}: ${message}`)
  await endAttempt({ operator, key, token, store, record, clock, random, signal, reason: REASON, warn })
  onEvent(`ended ${stepName}, attempt ${key.attempt}`)
}

function leftOver(attempt: JournalAttempt | undefined, error: unknown): string {
  const handle = attempt === undefined ? undefined : handleOf(attempt)
  const job = handle === undefined ? '' : ` (job ${'id' in handle ? String(handle.id) : JSON.stringify(handle)})`
  return `attempt ${attempt?.key.attempt} of ${attempt?.stepName ?? attempt?.key.stepRunId}${job}: ${messageOf(error)}`
}

/** By step run: its last attempt, where that failed or was stopped. A later resume begins with the next one. */
async function spentOf(
  { record, attempts }: RunTree,
  { n }: Launcher,
  store: ArtifactStore,
): Promise<Readonly<Record<string, number>>> {
  const spent = new Map(await spentAttempts(record.runId, n, store))
  for (const { key, result } of attempts) {
    if (result?.status === 'failed') spent.set(key.stepRunId, Math.max(key.attempt, spent.get(key.stepRunId) ?? 0))
  }
  return Object.fromEntries(spent)
}
