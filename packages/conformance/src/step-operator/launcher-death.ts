import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setTimeout as sleep } from 'node:timers/promises'

import type { ArtifactStore, LaunchEvent, LaunchPoint, Pipeline, RunEvent, Unwrap } from '@sidestep/core'

import { Life, openMortal } from './mortal.ts'
import { resumeCase, startCase, storeOf, type CaseRun } from './run-case.ts'
import type { StepOperatorSubject } from './subject.ts'

/** When a launcher dies. */
export type Death =
  /** The first time that the launch comes to this point. */
  | { readonly point: LaunchPoint }
  /** When this has happened. */
  | { readonly when: (event: RunEvent) => boolean }
  /** When this resolves. */
  | { readonly told: Promise<void> }

/** How a run went whose launcher was to die. */
export type LastSign<R> =
  | {
      readonly died: true
      /**
       * To be called when whoever took over is done: what still waits in the name of the dead launcher ends, and learns
       * that the run is another one's.
       */
      readonly bury: () => Promise<void>
    }
  /** It never came to where it was to die. */
  | { readonly died: false; readonly ended: CaseRun<R> }

/** How long what a dead launcher has begun may take to end. */
const BURIAL_MS = 5_000

/** Of which launcher the code is that runs now: several may be launching at once. */
const current = new AsyncLocalStorage<(point: LaunchPoint) => void>()

/**
 * Starts a run whose launcher dies: its components do nothing any more, and give no answers. What it has begun outside of
 * this process goes on. Resolves when it has died, or the run has ended.
 */
export async function runUntilDeath<I, R>(
  subject: StepOperatorSubject,
  pipeline: Pipeline<I, R>,
  input: I,
  { runId, death }: { readonly runId: string; readonly death: Death },
): Promise<LastSign<Unwrap<R>>> {
  const life = new Life()
  const end = new AbortController()
  const dead = Promise.withResolvers<void>()
  const die = (): void => {
    life.end()
    dead.resolve()
  }
  if ('told' in death) void death.told.then(die)
  const opened = await openMortal(subject, life)
  const listen = (message: unknown): void => current.getStore()?.((message as LaunchEvent).point)
  subscribe('sidestep:launch', listen)
  try {
    const atPoint = (point: LaunchPoint): void => {
      if ('point' in death && death.point === point) die()
    }
    const { ended } = await current.run(atPoint, async () =>
      startCase(subject, pipeline, input, {
        opened,
        runId,
        signal: end.signal,
        onEvent: (event) => {
          if ('when' in death && death.when(event)) die()
        },
      }),
    )
    const bury = async (): Promise<void> => {
      life.bury()
      end.abort()
      await Promise.race([ended, sleep(BURIAL_MS * subject.timeoutFactor, undefined, { ref: false })])
    }
    // One that is dead cannot be cancelled: it would wait for answers.
    subject.runs.add(
      async () => (life.dead ? bury() : undefined),
      ended.catch(() => undefined),
    )
    return await Promise.race([
      dead.promise.then(() => ({ died: true as const, bury })),
      ended.then((run) => ({ died: false as const, ended: run })),
    ])
  } finally {
    unsubscribe('sidestep:launch', listen)
  }
}

/** Goes on with a run whose launcher has died, as a new process would a minute later. */
export async function takeOver<I, R>(
  subject: StepOperatorSubject,
  pipeline: Pipeline<I, R>,
  runId: string,
): Promise<CaseRun<Unwrap<R>>> {
  const opened = await subject.open()
  await ageLastSign(runId, await storeOf(opened))
  return resumeCase(subject, pipeline, runId, { opened, takeOver: true })
}

/**
 * The launcher that died was part of this process, which lives: nobody can see that it is gone, and its last sign has to be
 * older than it is.
 */
async function ageLastSign(runId: string, store: ArtifactStore): Promise<void> {
  let n = 0
  while ((await store.stat(`runs/${runId}/launchers/${n + 1}.json`)) !== undefined) n += 1
  if (n === 0) return
  const lease = { at: new Date(0).toISOString(), beat: 1 }
  await store.put(`runs/${runId}/launchers/${n}.lease.json`, Buffer.from(JSON.stringify(lease)))
}
