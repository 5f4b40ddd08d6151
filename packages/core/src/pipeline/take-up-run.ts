import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { ArtifactStore } from '../artifact/artifact-store.ts'
import type { EncodedInput } from '../artifact/encode-input.ts'
import { persistently } from '../artifact/persistent-store.ts'
import { projectFolderOf } from '../bundle/project.ts'
import { systemClock } from '../clock.ts'
import type { ImportModule } from '../flavor/load-source.ts'
import type { Journal, JournalRun } from '../journal/journal.ts'
import { unknownRun } from '../journal/journal-run.ts'
import type { Launcher } from '../journal/launcher.ts'
import type { RunCode } from '../journal/run-record.ts'
import type { StackDescription } from '../stack/stack-description.ts'
import type { Stack } from '../stack/stack.ts'
import type { EventStream } from './event-stream.ts'
import { RunBundle } from './run-bundle.ts'
import { checkSameInput, checkSameJournal, checkSamePipeline, checkSameStore } from './run-checks.ts'
import { checkSameCode, codeOfBundle, codeOfFiles } from './run-code.ts'
import { artifactStoreOf, stackOfRun } from './run-stack.ts'
import { storePipelineInput, UNKNOWN_INPUT } from './stored-input.ts'
import { readRunRecord, takeRun } from './take-run.ts'

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
  /** Absent: the one that the run began with, else the active one of the project. */
  readonly stack: Stack | undefined
  readonly packagesFrom: readonly string[]
  readonly importModule: ImportModule | undefined
  readonly events: EventStream
  /** Aborts when the steps are to stop. */
  readonly signal: AbortSignal
}

/** A run that this process has become the launcher of, and what was known before it did. */
export interface TakenRun {
  readonly launcher: Launcher
  readonly journal: Journal
  readonly home: string
  readonly known: JournalRun | undefined
  readonly file: string | undefined
  readonly projectFolder: string
  readonly stack: Stack
  readonly plainStore: ArtifactStore
  readonly store: ArtifactStore
  readonly bundle: RunBundle
  /** As it is now. Absent: nothing is on record to compare it with. */
  readonly code: RunCode | undefined
  readonly given: EncodedInput
}

/** A run that is to be taken up. */
export interface WantedRun<I> {
  readonly home: string
  readonly options: BeginRunOptions<I>
  /** What it has where nothing is known of it, if that was looked up before. */
  readonly stackOfNew: Stack | undefined
}

/**
 * The stack of a run that nothing is known of, ready to be recorded. Nothing is made: what is wrong with the stack is
 * told before a run leaves anything behind. Rejects with `STACK_UNKNOWN` or `CONFIG_INVALID`, also where its
 * configuration holds a secret.
 */
export async function stackOfNewRun<I>(home: string, options: BeginRunOptions<I>): Promise<Stack> {
  const stack = await stackFor(options, home)
  stack.describe(filesOf(options))
  return stack
}

/**
 * Looks what is known of a run, compares it with what is wanted now, and becomes the run's launcher. Rejects with
 * `RUN_UNKNOWN`, `RUN_OWNED`, `RUN_CONFLICT` or `CODE_CHANGED`; nothing has changed then.
 */
export async function takeUpRun<I>(journal: Journal, { home, options, stackOfNew }: WantedRun<I>): Promise<TakenRun> {
  const { runId, pipeline, start, events, signal } = options
  const mayExist = start.kind === 'resume' || start.mayExist
  const known = mayExist ? await journal.run(runId) : undefined
  if (start.kind === 'resume' && known === undefined) throw unknownRun(runId, journal.path)
  const { file, projectFolder } = filesOf(options)
  const stack =
    known === undefined && stackOfNew !== undefined ? stackOfNew : await stackFor(options, home, known?.record.stack)
  const plainStore = await artifactStoreOf(stack)
  // Without the run's signal: what settles a step after a stop must get through too. Calls that may be given up say so:
  // those below, since no job waits for a run that has not begun.
  const store = persistently(plainStore, {
    onSilence: (message) => events.publish({ type: 'warning', at: systemClock.date().toISOString(), message }),
  })
  if (known !== undefined) checkSameStore(known.record, known.storeUri, store.uri)
  // One that was killed before its journal knew of it has a record in the store alone.
  const recorded = known?.record ?? (mayExist ? await readRunRecord(runId, store, { signal }) : undefined)
  const given = start.kind === 'start' ? await storePipelineInput(start.input, { runId, store, signal }) : UNKNOWN_INPUT
  if (recorded !== undefined) {
    if (known === undefined) checkSameJournal(recorded, journal.id, store.uri)
    checkSamePipeline(recorded, pipeline)
    checkSameInput(recorded, given, start.kind)
  }
  const bundle = new RunBundle({ module: file, stack, store, home, signal })
  const code = known?.code === undefined ? undefined : await codeToCompare(known.code, { bundle, projectFolder })
  if (known?.code !== undefined && code !== undefined && !acceptsCode(start)) checkSameCode(runId, known.code, code)
  const takeOver = start.kind === 'resume' && start.takeOver
  const fence = known?.fence ?? 0
  const launcher = await takeRun(runId, { store, journalId: journal.id, fence, takeOver, signal })
  return { launcher, journal, home, known, file, projectFolder, stack, plainStore, store, bundle, code, given }
}

function filesOf({ module }: BeginRunOptions<any>): {
  readonly file: string | undefined
  readonly projectFolder: string
} {
  const file = module?.startsWith('file:') === true ? fileURLToPath(module) : module
  return { file, projectFolder: projectFolderOf(file ?? join(process.cwd(), 'package.json')) }
}

function stackFor<I>(options: BeginRunOptions<I>, home: string, description?: StackDescription): Promise<Stack> {
  const { stack, packagesFrom, importModule } = options
  const { file, projectFolder } = filesOf(options)
  const places = [...(file === undefined ? [] : [file]), join(process.cwd(), 'package.json'), ...packagesFrom]
  return stackOfRun({ stack, description, home, projectFolder, places, importModule })
}

/** Whether the run is to go on with whatever code there is now. */
export function acceptsCode(start: RunStart<unknown>): boolean {
  return start.kind === 'resume' && start.withCurrentCode
}

/** The code as it is now, as far as the run's own is known: a bundle is made only where there was one. */
async function codeToCompare(
  before: RunCode,
  { bundle, projectFolder }: { readonly bundle: RunBundle; readonly projectFolder: string },
): Promise<RunCode> {
  if (before.bundleSha256 !== undefined) return codeOfBundle(await bundle.made({ stepRunId: '', attempt: 0 }))
  const files = before.sources.map(([path]) => resolve(projectFolder, path))
  return codeOfFiles(files, projectFolder)
}
