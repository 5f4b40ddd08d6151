import { rmSync } from 'node:fs'
import { join } from 'node:path'

import type { LaunchPoint } from '@sidestep/core'

import { auditTrial } from './audit/audit-trial.ts'
import { TrialEnded, type Finding } from './finding.ts'
import type { MatrixFlavor } from './flavor.ts'
import { messageOf } from './message-of.ts'
import type { Dealt, Scenario } from './scenario.ts'
import { Random } from './random.ts'
import { TrialFiles } from './trial-files.ts'
import { Trial } from './trial.ts'

/** What is to be done in the i-th trial of a seed. */
export interface Planned {
  readonly index: number
  readonly scenario: Scenario
  readonly dealt: Dealt
}

export interface TrialSurroundings {
  readonly flavor: MatrixFlavor
  readonly seed: string
  /** Folder below which each trial has its own. */
  readonly folder: string
  readonly keep: boolean
  /** Overrides what the scenario and the seed choose. */
  readonly stack?: string
  /** After which a launcher counts as hanging. Default: two minutes. */
  readonly longestMs?: number
  readonly signal: AbortSignal
}

/** What came of a trial. */
export interface TrialReport {
  readonly planned: Planned
  readonly stack: string
  readonly findings: readonly Finding[]
  /** Where launchers were killed; `undefined` for moments. */
  readonly kills: readonly (LaunchPoint | undefined)[]
  readonly passed: readonly LaunchPoint[]
  readonly faults: readonly string[]
  readonly durationMs: number
  /** Of everything that it left, where that was kept. */
  readonly folder?: string
}

/** Does one trial, and ends everything that it started. What it decides depends on seed and index alone. */
export async function runTrial(planned: Planned, surroundings: TrialSurroundings): Promise<TrialReport> {
  const { index, scenario } = planned
  const { flavor, seed, keep, signal, longestMs = 120_000 } = surroundings
  const started = performance.now()
  const random = Random.of(seed, index)
  const folder = join(surroundings.folder, `${index}-${scenario.name}`)
  const anyStack = random.pick(flavor.stacks)
  const named = scenario.stack === undefined ? undefined : (flavor.insteadOf[scenario.stack] ?? scenario.stack)
  const stack = surroundings.stack ?? named ?? anyStack
  const files = new TrialFiles(folder, join(surroundings.folder, 'shared'))
  const runId = `${scenario.name}-${index}-${random.int(0, 0xffff_ffff).toString(16)}`
  const trial = new Trial({ flavor, files, random, runId, stack, longestMs, signal })
  const stop = (): void => trial.launchers.forEach((launcher) => launcher.send('SIGKILL'))
  signal.addEventListener('abort', stop)
  try {
    await flavor.begin(files.home, `${seed}/${index}`)
    await play(trial, planned)
    stop()
    if (!signal.aborted) {
      const alsoView = Random.of(seed, index, 'view').chance(0.25)
      trial.findings.push(...(await auditTrial(trial, { alsoView })))
    }
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
    await flavor.killAll(files.home).catch((error: unknown) => trial.find('faults', messageOf(error)))
  }
  signal.throwIfAborted()
  const kept = keep || trial.findings.length > 0
  for (const { figure, message } of trial.findings) files.note(`FOUND ${figure}: ${message}`)
  if (!kept) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  return {
    planned,
    stack: stack ?? 'default',
    findings: trial.findings,
    kills: trial.kills,
    passed: trial.passed,
    faults: trial.faults,
    durationMs: performance.now() - started,
    ...(kept ? { folder } : {}),
  }
}

/** A scenario that cannot go on has said why; anything else that it throws is a mistake of the matrix. */
async function play(trial: Trial, { scenario, dealt }: Planned): Promise<void> {
  try {
    await scenario.run(trial, dealt)
  } catch (error) {
    if (!(error instanceof TrialEnded)) trial.find('faults', messageOf(error))
  }
}
