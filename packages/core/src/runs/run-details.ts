import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { concurrently } from '../artifact/concurrently.ts'
import { highestNumber } from '../artifact/highest-number.ts'
import { endKey, launcherKey, resultKey } from '../artifact/layout.ts'
import type { ResultManifest } from '../artifact/manifest.ts'
import type { AttemptOutcome } from '../journal/attempt-record.ts'
import type { JournalAttempt } from '../journal/journal.ts'
import type { LauncherRecord, RunEnd } from '../journal/run-record.ts'
import type { RecordedEvent } from '../pipeline/recorded-events.ts'
import { refreshRun } from './refresh-run.ts'
import { decodeRunObject, type RunObjectKind } from './run-object-schemas.ts'
import { summaryOf, type RunSummary } from './run-summary.ts'
import type { RunsPlace } from './runs-place.ts'

const AT_ONCE = 16

/** A value that a step left in the artifact store. */
export interface RunArtifact {
  /** The output's name; a function step has one, `value`. */
  readonly name: string
  /** Of the object that holds its bytes. */
  readonly uri: string
  /** In bytes. */
  readonly size: number
  /** Of its bytes, in lower-case hex. */
  readonly sha256: string
  /** Name of the materializer that wrote it. */
  readonly materializer: string
}

/** One try of a step, as the journal has it. */
export interface RunAttempt {
  /** From 1. */
  readonly number: number
  /** Absent while it has none. `detached`: its job was left as it was. */
  readonly outcome?: AttemptOutcome
  /** The image that it runs in: `repository@sha256:…`. Absent where it runs in none, or has none yet. */
  readonly image?: string
}

/** Everything about a run that its events do not tell. */
export interface RunDetails extends RunSummary {
  /** Oldest first. */
  readonly launchers: readonly LauncherRecord[]
  /** Oldest first: a run that ended without success can be resumed, and end again. */
  readonly ends: readonly RunEnd[]
  /** In the order in which they were first called. Those whose result came from the cache have no artifacts of their own. */
  readonly steps: readonly {
    readonly stepRunId: string
    readonly stepName: string
    readonly artifacts: readonly RunArtifact[]
    /** Oldest first: how each ended, as far as the journal knows. No event tells of one that ended without its step. */
    readonly attempts: readonly RunAttempt[]
  }[]
}

/** Reads a run's launchers, ends and results from its store. */
export async function readDetails(runId: string, place: RunsPlace): Promise<RunDetails> {
  const { run, owner } = await refreshRun(runId, place)
  const store = await place.stacks.store(run)
  const last = await highestNumber(async (n) => (await store.stat(launcherKey(runId, n))) !== undefined)
  const numbers = Array.from({ length: last }, (_, index) => index + 1)
  const all = async <T>(kind: RunObjectKind, keyOf: (n: number) => string): Promise<readonly T[]> => {
    const read = await concurrently(numbers, AT_ONCE, async (n) => readObject<T>(kind, keyOf(n), store))
    return read.filter((value) => value !== undefined)
  }
  const events = (await place.journal.events(runId)).map(({ event }) => event as RecordedEvent)
  const attemptsOf = Map.groupBy(await place.journal.attempts({ runId }), ({ key }) => key.stepRunId)
  const steps = await concurrently(stepsOf(events), AT_ONCE, async ({ stepRunId, stepName }) => {
    const attempts = (attemptsOf.get(stepRunId) ?? []).toSorted((a, b) => a.key.attempt - b.key.attempt)
    const last = attempts.at(-1)
    const result = last && (await readObject<ResultManifest>('result', resultKey(last.key), store))
    return {
      stepRunId,
      stepName,
      artifacts: artifactsOf(result, store),
      attempts: attempts.map((attempt) => describeAttempt(attempt, events)),
    }
  })
  return {
    ...summaryOf(run, owner),
    launchers: await all<LauncherRecord>('launcher', (n) => launcherKey(runId, n)),
    ends: await all<RunEnd>('end', (n) => endKey(runId, n)),
    steps,
  }
}

async function readObject<T>(kind: RunObjectKind, key: string, store: ArtifactStore): Promise<T | undefined> {
  const bytes = await store.get(key)
  return bytes === undefined ? undefined : (decodeRunObject(kind, bytes, `${store.uri}/${key}`) as T)
}

function describeAttempt({ key, outcome }: JournalAttempt, events: readonly RecordedEvent[]): RunAttempt {
  // A launcher that was killed before the intent may have built another one than the next.
  const told = events.findLast(
    (event) => event.type === 'attempt.image' && event.stepRunId === key.stepRunId && event.attempt === key.attempt,
  )
  return {
    number: key.attempt,
    ...(outcome === undefined ? {} : { outcome }),
    ...(told?.type === 'attempt.image' ? { image: told.image } : {}),
  }
}

function stepsOf(
  events: readonly RecordedEvent[],
): readonly { readonly stepRunId: string; readonly stepName: string }[] {
  const steps = new Map<string, { readonly stepRunId: string; readonly stepName: string }>()
  for (const event of events) {
    if (event.type !== 'step.started' || steps.has(event.stepRunId)) continue
    steps.set(event.stepRunId, { stepRunId: event.stepRunId, stepName: event.stepName })
  }
  return [...steps.values()]
}

function artifactsOf(result: ResultManifest | undefined, { uri }: ArtifactStore): readonly RunArtifact[] {
  if (result?.status !== 'succeeded') return []
  return Object.entries(result.outputs).map(([name, { key, size, sha256, materializer }]) => ({
    name,
    uri: `${uri}/${key}`,
    size,
    sha256,
    materializer,
  }))
}
