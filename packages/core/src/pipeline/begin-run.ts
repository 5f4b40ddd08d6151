import { randomBytes } from 'node:crypto'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { decodeInput, type EncodedInput } from '../artifact/encode-input.ts'
import { encodeJson } from '../artifact/json-object.ts'
import { cancelKey, codeKey, runKey } from '../artifact/layout.ts'
import { persistently } from '../artifact/persistent-store.ts'
import { putOnce } from '../artifact/put-once.ts'
import { projectFolderOf } from '../bundle/project.ts'
import { systemClock } from '../clock.ts'
import { configError } from '../errors.ts'
import { Journal, type JournalRun } from '../journal/journal.ts'
import type { Launcher } from '../journal/launcher.ts'
import { MirroredAttempt } from '../journal/mirrored-attempt.ts'
import type { RunCode, RunRecord } from '../journal/run-record.ts'
import { createHomeFolder, homeFolder } from '../stack/home-folder.ts'
import type { Stack } from '../stack/stack.ts'
import { DEFAULT_STACK_NOTE } from './default-stack.ts'
import type { EventStream } from './event-stream.ts'
import { interruptedRuns } from './interrupted-runs.ts'
import type { OpenRun } from './open-run.ts'
import { encodeEvent } from './recorded-events.ts'
import { RunBundle } from './run-bundle.ts'
import { checkSameCode, codeOfBundle, codeOfFiles } from './run-code.ts'
import { RunOperators } from './run-operators.ts'
import { artifactStoreOf, stackOfRun } from './run-stack.ts'
import { storePipelineInput, UNKNOWN_INPUT } from './stored-input.ts'
import { readRunRecord, spentAttempts, takeRun } from './take-run.ts'

/** What a run starts from: an input, or itself. */
export type RunStart<I> =
  | {
      readonly kind: 'start'
      readonly input: I
      /** Whether there may be a run of this id: then it goes on. */
      readonly mayExist: boolean
    }
  | { readonly kind: 'resume'; readonly withCurrentCode: boolean; readonly takeOver: boolean }

export interface BeginRunOptions<I> {
  readonly runId: string
  readonly pipeline: string
  readonly start: RunStart<I>
  /** Path or file URL of the file that defines the pipeline. */
  readonly module: string | undefined
  /** Absent: the one that the run began with, else the stack `default`. */
  readonly stack: Stack | undefined
  readonly packagesFrom: readonly string[]
  readonly events: EventStream
  /** Aborts when the steps are to stop. */
  readonly signal: AbortSignal
}

/** A run that this process owns, and what its pipeline is given. */
export interface BegunRun<I> {
  readonly open: OpenRun
  readonly input: I
  /** The store without patience, for signs that are given again anyway. */
  readonly plainStore: ArtifactStore
}

/**
 * Resolves the stack, becomes the run's launcher, and records that. Rejects with `RUN_UNKNOWN`, `RUN_OWNED`,
 * `RUN_CONFLICT` or `CODE_CHANGED` where a run cannot go on so; nothing has changed then.
 */
export async function beginRun<I>(options: BeginRunOptions<I>): Promise<BegunRun<I>> {
  const home = homeFolder()
  createHomeFolder(home)
  const journal = await Journal.open(home)
  try {
    return await beginWith(journal, home, options)
  } catch (error) {
    journal.close()
    throw error
  }
}

async function beginWith<I>(journal: Journal, home: string, options: BeginRunOptions<I>): Promise<BegunRun<I>> {
  const { runId, pipeline, start, events, signal } = options
  const mayExist = start.kind === 'resume' || start.mayExist
  const known = mayExist ? await journal.run(runId) : undefined
  if (start.kind === 'resume' && known === undefined) throw unknownRun(runId)
  const file = options.module?.startsWith('file:') === true ? fileURLToPath(options.module) : options.module
  const projectFolder = projectFolderOf(file ?? join(process.cwd(), 'package.json'))
  const stack = await stackOfRun({
    stack: options.stack,
    description: known?.record.stack,
    home,
    projectFolder,
    places: [...(file === undefined ? [] : [file]), join(process.cwd(), 'package.json'), ...options.packagesFrom],
  })
  const plainStore = await artifactStoreOf(stack)
  // Without the run's signal: what settles a step after a stop must get through too. Calls that may be given up say so.
  const store = persistently(plainStore, {})
  checkSamePlace(known, { runId, pipeline, storeUri: store.uri })
  // One that was killed before its journal knew of it has a record in the store alone.
  const recorded = known?.record ?? (mayExist ? await readRunRecord(runId, store) : undefined)
  if (known === undefined && recorded !== undefined && recorded.journalId !== journal.id) {
    throw conflict(
      `there is a run ${runId} in ${store.uri}, of which the journal of this project does not know`,
      `\`sidestep runs attach ${store.uri}/runs/${runId}\` takes it in.`,
    )
  }
  const bundle = new RunBundle({ module: file, stack, store, home, signal })
  const code = known?.code === undefined ? undefined : await codeToCompare(known.code, { bundle, file, projectFolder })
  const anyCode = start.kind === 'resume' && start.withCurrentCode
  if (known?.code !== undefined && code !== undefined && !anyCode) checkSameCode(runId, known.code, code)
  const given = start.kind === 'start' ? await storePipelineInput(start.input, { runId, store }) : UNKNOWN_INPUT
  checkSameInput(recorded, given, start.kind)
  const fresh = (): RunRecord => ({
    version: 1,
    runId,
    pipeline,
    stack: { ...stack.describe({ projectFolder }), ...(isDefault(options, known) ? { builtIn: true } : {}) },
    journalId: journal.id,
    salt: randomBytes(8).toString('hex'),
    ...(file === undefined ? {} : { module: relative(projectFolder, file) }),
    inputDigest: given.digest,
    ...(given.stored === undefined ? {} : { input: given.stored }),
    startedAt: now(),
  })
  const takeOver = start.kind === 'resume' && start.takeOver
  const launcher = mayExist
    ? await takeRun(runId, { store, journalId: journal.id, fence: known?.fence ?? 0, takeOver })
    : await takeRun(runId, { store, journalId: journal.id, fence: 0, takeOver: false })
  const record = await recordRun(launcher, { store, record: () => known?.record ?? fresh() })
  await journal.addRun({ record, storeUri: store.uri, projectFolder })
  const writer = await journal.launcher(runId, launcher.record)
  // Whoever goes on with a run does not mean to obey what its last launcher was told.
  if (launcher.n > 1) await store.delete(cancelKey(runId))
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
      if (isDefault(options, known)) events.publish({ type: 'warning', at: now(), message: DEFAULT_STACK_NOTE })
    },
  })
  const keepCode = async (code: RunCode): Promise<void> => {
    await writer.code(code)
    await store.put(codeKey(runId), encodeJson(code))
  }
  bundle.onMade((made) => keepCode(codeOfBundle(made)))
  if (code === undefined || anyCode) await keepCode(code ?? (await codeOfFiles(file, projectFolder)))
  const open: OpenRun = {
    runId,
    salt: record.salt,
    pipeline,
    operators,
    store,
    journal,
    writer,
    launcher,
    spent: await spentAttempts(runId, launcher.n, store),
    attempts: (about) => ({
      id: record.journalId,
      attempt: (key) => new MirroredAttempt(key, about, { journal, writer, launcher, store }),
    }),
    home,
    projectFolder,
    bundle,
    events,
    signal,
    clock: systemClock,
    random: Math.random,
  }
  const input = start.kind === 'start' ? start.input : ((await decodeInput(record.input, { store })) as I)
  return { open, input, plainStore }
}

/** The code as it is now, as far as the run's own is known: a bundle is made only where there was one. */
async function codeToCompare(
  before: RunCode,
  now: { readonly bundle: RunBundle; readonly file: string | undefined; readonly projectFolder: string },
): Promise<RunCode> {
  const { bundle, file, projectFolder } = now
  if (before.bundleSha256 === undefined) return codeOfFiles(file, projectFolder)
  return codeOfBundle(await bundle.made({ stepRunId: '', attempt: 0 }))
}

/** Puts `run.json`, or reads what an earlier launcher put: it stays as it is. */
async function recordRun(
  { runId, n }: Launcher,
  { store, record }: { readonly store: ArtifactStore; readonly record: () => RunRecord },
): Promise<RunRecord> {
  const there = n === 1 ? undefined : await readRunRecord(runId, store)
  if (there !== undefined) return there
  const made = record()
  const { won } = await putOnce(store, runKey(runId), encodeJson(made))
  if (won) return made
  const read = await readRunRecord(runId, store)
  return read ?? made
}

function checkSamePlace(
  known: JournalRun | undefined,
  now: { readonly runId: string; readonly pipeline: string; readonly storeUri: string },
): void {
  if (known === undefined) return
  const { record, storeUri } = known
  if (record.pipeline !== now.pipeline) {
    throw conflict(`${now.runId} is a run of the pipeline ${record.pipeline}, not of ${now.pipeline}`)
  }
  if (storeUri !== now.storeUri) {
    throw conflict(
      `the run ${now.runId} lies in ${storeUri}, and the given stack stores in ${now.storeUri}`,
      `Resume it with the stack ${record.stack.name}, which it began with.`,
    )
  }
}

function checkSameInput(recorded: RunRecord | undefined, given: EncodedInput, kind: RunStart<unknown>['kind']): void {
  if (recorded === undefined) return
  const { runId, inputDigest } = recorded
  if (kind === 'start' && given.digest !== inputDigest) {
    throw conflict(
      `the run ${runId} began with another input`,
      `\`sidestep runs resume ${runId}\` goes on with the one that it began with.`,
    )
  }
  if (kind === 'resume' && inputDigest === '') {
    throw conflict(
      `the run ${runId} was given an input that could not be stored`,
      'Give it again: pipeline.run(input, { runId }).',
    )
  }
}

function conflict(message: string, hint = 'An id names one run: leave it out to get a new one.'): Error {
  return configError('RUN_CONFLICT', message, hint)
}

function unknownRun(runId: string): Error {
  return configError(
    'RUN_UNKNOWN',
    `there is no run ${runId} in the journal of this project`,
    '`sidestep runs list` shows those there are; `sidestep runs attach URI` takes in one of another machine.',
  )
}

function isDefault({ stack }: BeginRunOptions<any>, known: JournalRun | undefined): boolean {
  return stack === undefined && (known === undefined || known.record.stack.builtIn === true)
}

function now(): string {
  return systemClock.date().toISOString()
}
