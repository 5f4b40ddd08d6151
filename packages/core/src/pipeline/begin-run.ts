import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { relative } from 'node:path'

import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { decodeInput } from '../artifact/encode-input.ts'
import { encodeJson } from '../artifact/json-object.ts'
import { codeKey, runKey } from '../artifact/layout.ts'
import { putJsonOnce } from '../artifact/stored-json.ts'
import { systemClock } from '../clock.ts'
import { configError } from '../errors.ts'
import { Journal, type RunWriter } from '../journal/journal.ts'
import type { Launcher } from '../journal/launcher.ts'
import { MirroredAttempt } from '../journal/mirrored-attempt.ts'
import type { RunCode, RunRecord } from '../journal/run-record.ts'
import { DEFAULT_STACK_NOTE, isDefaultStack } from '../project/default-stack.ts'
import { homeFolder } from '../stack/home-folder.ts'
import { DecidedAttempts } from './decided-attempts.ts'
import { interruptedRuns } from './interrupted-runs.ts'
import { KnownCode } from './known-code.ts'
import type { OpenRun } from './open-run.ts'
import { encodeEvent } from './recorded-events.ts'
import { checkSameInput, checkSamePipeline } from './run-checks.ts'
import { RunImages } from './run-images.ts'
import { RunOperators } from './run-operators.ts'
import { acceptsCode, stackOfNewRun, takeUpRun, type BeginRunOptions, type TakenRun } from './take-up-run.ts'
import { readRunRecord, spentAttempts } from './take-run.ts'

/** A run that this process owns, and what its pipeline is given. */
export interface BegunRun<I> {
  readonly open: OpenRun
  readonly input: I
  /** The store without patience, for signs that are given again anyway. */
  readonly plainStore: ArtifactStore
}

/** Times that a run is begun anew because another process had it meanwhile. */
const TRIES = 3

/**
 * Resolves the stack, becomes the run's launcher, and records that. Rejects with `RUN_UNKNOWN`, `RUN_OWNED`,
 * `RUN_CONFLICT` or `CODE_CHANGED` where a run cannot go on so; whoever wants it next can have it then.
 */
export async function beginRun<I>(options: BeginRunOptions<I>): Promise<BegunRun<I>> {
  const home = homeFolder()
  const { start } = options
  const isNew = start.kind === 'start' && (!start.mayExist || !existsSync(home))
  const stackOfNew = isNew ? await stackOfNewRun(home, options) : undefined
  const journal = await Journal.open(home)
  try {
    for (let tries = 1; ; tries += 1) {
      const taken = await takeUpRun(journal, { home, options, stackOfNew })
      try {
        const begun = await open(taken, options)
        if (begun !== undefined) return begun
      } catch (error) {
        await letGo(taken.launcher)
        throw error
      }
      await letGo(taken.launcher)
      if (tries === TRIES) throw configError('RUN_OWNED', `other launchers keep taking the run ${options.runId}`)
    }
  } catch (error) {
    journal.close()
    throw error
  }
}

/** The run, ready for its steps; `undefined` where another process had it since it was looked at. */
async function open<I>(taken: TakenRun, options: BeginRunOptions<I>): Promise<BegunRun<I> | undefined> {
  const { launcher, journal, home, known, file, projectFolder, stack, plainStore, store, bundle, given } = taken
  const { runId, pipeline, start, events, signal } = options
  const record = await recordRun(launcher, { store, record: () => known?.record ?? freshRecord(taken, options) })
  // What another process put first decides.
  checkSamePipeline(record, pipeline)
  checkSameInput(record, given, start.kind)
  if (((await journal.run(runId))?.fence ?? 0) !== (known?.fence ?? 0)) return undefined
  await journal.addRun({ record, storeUri: store.uri, projectFolder })
  const writer = await journal.launcher(runId, launcher.record)
  const spent = await spentAttempts(runId, launcher.n, store)
  const input = start.kind === 'start' ? start.input : ((await decodeInput(record.input, { store })) as I)
  const code = await keepCode(taken, { writer, accepted: acceptsCode(start) })
  await code.addFile(file)
  bundle.onMade((made) => code.addBundle(made))
  const interrupted = launcher.n === 1 ? await interruptedRuns(journal, { pipeline, runId }) : []
  events.listen((event) => writer.event(encodeEvent(event)))
  events.publish({
    type: 'run.started',
    at: launcher.record.at,
    runId,
    pipeline,
    stack: stack.name,
    storeUri: store.uri,
    launcher: launcher.n,
  })
  for (const message of interrupted) events.publish({ type: 'warning', at: now(), message })
  const operators = new RunOperators(stack, {
    onFirstCall: () => {
      if (isBuiltIn(taken, options)) events.publish({ type: 'warning', at: now(), message: DEFAULT_STACK_NOTE })
    },
  })
  const decided = new DecidedAttempts()
  const begun: OpenRun = {
    runId,
    salt: record.salt,
    pipeline,
    operators,
    store,
    journal,
    writer,
    launcher,
    spent,
    decided,
    called: new Set(),
    code,
    attempts: (about) => ({
      id: record.journalId,
      attempt: (key) => decided.noting(new MirroredAttempt(key, about, { journal, writer, launcher, store }), key),
    }),
    home,
    projectFolder,
    bundle,
    images: new RunImages({ stack, home, signal }),
    events,
    signal,
    clock: systemClock,
    random: Math.random,
  }
  return { open: begun, input, plainStore }
}

function freshRecord<I>(taken: TakenRun, options: BeginRunOptions<I>): RunRecord {
  const { journal, file, projectFolder, stack, given } = taken
  const { runId, pipeline } = options
  return {
    version: 1,
    runId,
    pipeline,
    stack: { ...stack.describe({ projectFolder }), ...(isBuiltIn(taken, options) ? { builtIn: true } : {}) },
    journalId: journal.id,
    salt: randomBytes(8).toString('hex'),
    ...(file === undefined ? {} : { module: relative(projectFolder, file) }),
    inputDigest: given.digest,
    ...(given.stored === undefined ? {} : { input: given.stored }),
    startedAt: now(),
  }
}

/** The code of the run, on record. One that was accepted although it had changed is on record at once. */
async function keepCode(
  { launcher, known, store, projectFolder, code }: TakenRun,
  { writer, accepted }: { readonly writer: RunWriter; readonly accepted: boolean },
): Promise<KnownCode> {
  const keep = async (now: RunCode): Promise<void> => {
    await writer.code(now)
    await store.put(codeKey(launcher.runId), encodeJson(now))
  }
  if (accepted && code !== undefined) await keep(code)
  return new KnownCode({ projectFolder, keep, known: accepted ? code : known?.code })
}

/** Puts `run.json`, or reads what an earlier launcher put: it stays as it is. */
async function recordRun(
  { runId, n }: Launcher,
  { store, record }: { readonly store: ArtifactStore; readonly record: () => RunRecord },
): Promise<RunRecord> {
  const there = n === 1 ? undefined : await readRunRecord(runId, store)
  if (there !== undefined) return there
  return (await putJsonOnce(store, runKey(runId), record())) as RunRecord
}

async function letGo(launcher: Launcher): Promise<void> {
  // Why the run did not begin is what matters; a run that nobody lets go of is free when its process ends.
  await launcher.release().catch(() => undefined)
}

/** One that is made again from its description is no longer known by itself. */
function isBuiltIn({ stack, known }: TakenRun, { stack: given }: BeginRunOptions<any>): boolean {
  return isDefaultStack(stack) || (given === undefined && known?.record.stack.builtIn === true)
}

function now(): string {
  return systemClock.date().toISOString()
}
