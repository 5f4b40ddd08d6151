import { randomBytes } from 'node:crypto'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

import { ArtifactStore } from '../artifact/artifact-store.ts'
import { persistently } from '../artifact/persistent-store.ts'
import { projectFolderOf } from '../bundle/project.ts'
import { systemClock } from '../clock.ts'
import { configError } from '../errors.ts'
import { journalId } from '../journal/journal-id.ts'
import { StoreJournal } from '../journal/store-journal.ts'
import { createHomeFolder, homeFolder } from '../stack/home-folder.ts'
import type { Stack } from '../stack/stack.ts'
import { DEFAULT_STACK_NOTE, loadDefaultStack } from './default-stack.ts'
import type { EventStream } from './event-stream.ts'
import type { OpenRun } from './open-run.ts'
import { RunBundle } from './run-bundle.ts'
import { RunOperators } from './run-operators.ts'

export interface BeginRunOptions {
  readonly runId: string
  readonly pipeline: string
  /** Path or file URL of the file that defines the pipeline. */
  readonly module: string | undefined
  /** Absent: the stack `default`. */
  readonly stack: Stack | undefined
  readonly packagesFrom: readonly string[]
  readonly events: EventStream
  /** Aborts when the steps are to stop. */
  readonly signal: AbortSignal
}

/** Resolves the stack and records that the run has begun. Rejects with `RUN_EXISTS` where its id is taken. */
export async function beginRun(options: BeginRunOptions): Promise<OpenRun> {
  const { runId, pipeline, module, events, signal } = options
  const file = module?.startsWith('file:') === true ? fileURLToPath(module) : module
  const home = homeFolder()
  createHomeFolder(home)
  const places = [...(file === undefined ? [] : [file]), join(process.cwd(), 'package.json'), ...options.packagesFrom]
  const stack = options.stack ?? (await loadDefaultStack(home, places))
  const configured = await stack.artifactStore()
  if (!ArtifactStore.isArtifactStore(configured)) {
    throw configError(
      'COMPONENT_INVALID',
      `the artifact store of the stack ${stack.name} does not extend ArtifactStore`,
    )
  }
  // Without the run's signal: what settles a step after a stop must get through too. Calls that may be given up say so.
  const store = persistently(configured, {})
  const projectFolder = projectFolderOf(file ?? process.cwd())
  const journal = new StoreJournal({ id: await journalId(home), store })
  const startedAt = now()
  const salt = randomBytes(8).toString('hex')
  await journal.beginRun({
    version: 1,
    runId,
    pipeline,
    stack: stack.name,
    journalId: journal.id,
    salt,
    ...(file === undefined ? {} : { module: relative(projectFolder, file) }),
    startedAt,
  })
  events.publish({
    type: 'run.started',
    at: startedAt,
    runId,
    pipeline,
    stack: stack.name,
    storeUri: store.uri,
  })
  const isDefault = options.stack === undefined
  const operators = new RunOperators(stack, {
    onFirstCall: () => {
      if (isDefault) events.publish({ type: 'warning', at: now(), message: DEFAULT_STACK_NOTE })
    },
  })
  const bundle = new RunBundle({ module: file, stack, store, home, signal })
  return {
    runId,
    salt,
    pipeline,
    operators,
    store,
    journal,
    home,
    projectFolder,
    bundle,
    events,
    signal,
    clock: systemClock,
    random: Math.random,
  }
}

function now(): string {
  return systemClock.date().toISOString()
}
