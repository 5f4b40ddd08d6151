import { isDeepStrictEqual } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'

import type { ArtifactStore, LaunchPoint } from '@sidestep/core'

import { leftRunning } from './audit/left-running.ts'
import { TrialEnded, type Figure, type Finding } from './finding.ts'
import type { MatrixFlavor, OperatorJob } from './flavor.ts'
import { Launcher, type LauncherEnd } from './launcher.ts'
import type { Order } from './orders.ts'
import { expectedResult, type MatrixInput } from './project/numbers.ts'
import type { Random } from './random.ts'
import { readAttempts, stepNameOf } from './store-reader.ts'
import { describeStrike, type Strike } from './strike.ts'
import type { TrialFiles } from './trial-files.ts'
import { InVain, until } from './until.ts'

export interface TrialOptions {
  readonly flavor: MatrixFlavor
  readonly files: TrialFiles
  readonly random: Random
  readonly runId: string
  /** `undefined` is the stack `default`. */
  readonly stack: string | undefined
  /** A launcher that takes longer hangs: the whole workload takes seconds. */
  readonly longestMs: number
  /** Aborts when the matrix is told to stop. */
  readonly signal: AbortSignal
}

/** How a run is to end. */
export type Expected =
  | { readonly status: 'succeeded' }
  | { readonly status: 'failed'; readonly kind: string; readonly step?: string }
  /** By Ctrl-C the exit code is 130; where another process asked for it, 1. */
  | { readonly status: 'cancelled'; readonly code: 130 | 1 }

export interface LaunchOptions {
  readonly orders?: readonly Order[]
  readonly clockHours?: number
  readonly shiftHours?: number
  /** Of the command. */
  readonly more?: readonly string[]
  /** Default: drawn. `begin` can be used for a run that exists, too. */
  readonly by?: 'begin' | 'resume'
}

/** One run of the pipeline, and all that is done to it. Scenarios call its methods in turn. */
export class Trial {
  readonly random: Random
  readonly files: TrialFiles
  readonly flavor: MatrixFlavor
  readonly runId: string
  readonly findings: Finding[] = []
  /** Where launchers were killed; `undefined` for a moment that no point names. */
  readonly kills: (LaunchPoint | undefined)[] = []
  /** Every point that a launcher came to. */
  readonly passed: LaunchPoint[] = []
  /** Names of other faults that fired. */
  readonly faults: string[] = []
  /** Kinds with which attempts of a step may fail before its last one. By default, none. */
  readonly mayFail: Map<string, readonly string[]> = new Map()
  readonly launchers: Launcher[] = []
  readonly #options: TrialOptions
  #input: MatrixInput
  #version = 1
  #clockIsRight = true

  constructor(options: TrialOptions) {
    this.#options = options
    this.random = options.random
    this.files = options.files
    this.flavor = options.flavor
    this.runId = options.runId
    const { random, files } = options
    this.#input = { seed: random.int(1, 1_000_000), folder: files.folder, lines: random.int(2, 60) }
  }

  get home(): string {
    return this.files.home
  }

  get stack(): string | undefined {
    return this.#options.stack
  }

  get input(): MatrixInput {
    return this.#input
  }

  get store(): ArtifactStore {
    return this.flavor.openStore(this.home)
  }

  /** False once a launcher's clock was wrong: then what launchers wrote about times says nothing. */
  get clockIsRight(): boolean {
    return this.#clockIsRight
  }

  /** Says which steps are called and which of them wait until they are let go. The last job always does. */
  prepare(input: Partial<MatrixInput>, hold: readonly string[] = []): void {
    this.#input = { ...this.#input, ...input }
    for (const step of ['left', 'right', 'extra', 'flaky', 'breaks'])
      if (!hold.includes(step)) this.files.openGate(step)
  }

  /** Starts a launcher that begins the run, or goes on with it. */
  async launch(options: LaunchOptions = {}): Promise<Launcher> {
    this.#options.signal.throwIfAborted()
    const { orders = [], clockHours, shiftHours, more = [] } = options
    if (clockHours !== undefined || shiftHours !== undefined) this.#clockIsRight = false
    const resumes = this.random.chance(0.5)
    const by = options.by ?? (resumes && (await this.hasBegun()) ? 'resume' : 'begin')
    const command = by === 'resume' ? ['runs', 'resume', this.runId] : this.#beginCommand()
    return this.start([...command, '--output', 'json', ...more], {
      orders,
      ...(clockHours === undefined ? {} : { clockHours }),
      ...(shiftHours === undefined ? {} : { shiftHours }),
    })
  }

  /** Starts any command in the project. */
  start(args: readonly string[], options: Pick<LaunchOptions, 'orders' | 'clockHours' | 'shiftHours'> = {}): Launcher {
    const { PATH = '', HOME = '', NODE_OPTIONS } = process.env
    const launcher = Launcher.start({
      args,
      cwd: this.files.project,
      environment: {
        PATH,
        HOME,
        // Which packages it uses: their sources, or what was built of them.
        ...(NODE_OPTIONS === undefined ? {} : { NODE_OPTIONS }),
        SIDESTEP_HOME: this.home,
        NO_COLOR: '1',
        ...this.flavor.environment(this.stack, this.home),
      },
      files: this.files.launcher(this.launchers.length + 1),
      longestMs: this.#options.longestMs,
      ...options,
    })
    this.launchers.push(launcher)
    this.files.note(`launcher ${this.launchers.length}: ${args.join(' ')}`)
    return launcher
  }

  /** A launcher that is killed. It has to live that long: the last job waits. */
  async die(
    strike: Strike,
    options: Omit<LaunchOptions, 'orders'> & { readonly before?: readonly Order[] } = {},
  ): Promise<void> {
    const { before = [], ...rest } = options
    const orders = 'afterMs' in strike ? before : [...before, strike]
    const launcher = await this.launch({ ...rest, orders })
    if ('afterMs' in strike) {
      await this.pause(strike.afterMs)
      launcher.send('SIGKILL')
    }
    await this.died(launcher, describeStrike(strike))
  }

  /** Waits until a launcher was killed, and counts it. */
  async died(launcher: Launcher, where: string): Promise<void> {
    const end = await this.endOf(launcher)
    if (end.signal !== 'SIGKILL') {
      this.find('faults', `the launcher was to be killed at ${where} and ended before: ${describeEnd(end)}`)
      throw new TrialEnded()
    }
    this.kills.push(launcher.acts.find(({ act }) => act === 'SIGKILL')?.point)
  }

  /** The end of a launcher, whichever. One that hangs ends the trial. */
  async endOf(launcher: Launcher): Promise<LauncherEnd> {
    const end = await launcher.ended
    const n = this.launchers.indexOf(launcher) + 1
    this.files.note(`launcher ${n}: ${describeEnd(end)}${end.stderr === '' ? '' : `\n${end.stderr.trimEnd()}`}`)
    this.passed.push(...launcher.points)
    if (end.hung) {
      this.find('faults', `launcher ${n} (${launcher.args.join(' ')}) hung; its last words: ${lastLines(end.stderr)}`)
      throw new TrialEnded()
    }
    return end
  }

  /**
   * Lets all steps go on and kills a launcher that is about to finish. It may be faster: then the run has ended, and the
   * result says so.
   */
  async dieLate(afterMs: number): Promise<LauncherEnd | undefined> {
    this.openGates()
    const launcher = await this.launch()
    await this.pause(afterMs)
    if (launcher.isAlive) launcher.send('SIGKILL')
    const end = await this.endOf(launcher)
    if (end.signal !== 'SIGKILL') return end
    this.kills.push(undefined)
    return undefined
  }

  /** Lets everything go on to the run's end, and holds that against what was to come. */
  async finish(expected: Expected = { status: 'succeeded' }, options: LaunchOptions = {}): Promise<LauncherEnd> {
    this.openGates()
    const end = await this.endOf(await this.launch(options))
    await this.judge(end, expected)
    return end
  }

  /** Looks at a run that has ended: how, and whether anything of it goes on. */
  async judge(end: LauncherEnd, expected: Expected): Promise<void> {
    const wrong = this.#differs(end, expected)
    if (wrong !== undefined) this.find('results', wrong)
    this.findings.push(...(await leftRunning(this, end.at)))
    if (wrong !== undefined) throw new TrialEnded()
  }

  /** Milliseconds of real time: what is waited for are other processes. */
  async pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#options.signal })
  }

  openGates(): void {
    for (const step of ['left', 'right', 'extra', 'flaky', 'breaks', 'joined']) this.files.openGate(step)
  }

  find(figure: Figure, message: string, count: number = 1): void {
    this.findings.push({ figure, message, count })
  }

  /** A fault other than a launcher's death has happened. */
  fired(fault: string): void {
    this.faults.push(fault)
    this.files.note(`fault: ${fault}`)
  }

  /** The user changes the pipeline. */
  changeCode(): void {
    this.files.changeCode()
    this.#version = 2
  }

  /** Whether a step was called: then the run is known to the journal, and `runs resume` finds it. */
  async hasBegun(): Promise<boolean> {
    return (await readAttempts(this.store, this.runId)).length > 0
  }

  /** The job in which user code of the step runs, once it does. */
  async runningJob(step: string): Promise<OperatorJob> {
    return this.#come(`user code of ${step} runs`, async () => {
      const ended = this.files.evidence().filter(({ event }) => event === 'end')
      const running = this.files
        .evidence()
        .findLast(
          ({ event, step: name, pid, job }) =>
            event === 'start' && name === step && !ended.some((end) => end.pid === pid && end.job === job),
        )
      return (await this.flavor.jobs(this.home)).find(({ name, alive }) => alive && name === running?.job)
    })
  }

  /** The job of the step that has taken its attempt and not ended, whether its user code runs yet or not. */
  async ownedJob(step: string): Promise<OperatorJob> {
    return this.#come(`a job of ${step} owns its attempt`, async () => {
      for (const job of await this.flavor.jobs(this.home)) {
        if (stepNameOf(job.stepRunId) !== step || !job.alive) continue
        const key = `runs/${this.runId}/${job.stepRunId}/${job.attempt}/owner.json`
        if ((await this.store.stat(key)) !== undefined) return job
      }
      return undefined
    })
  }

  /** A job of the step that has not ended. */
  async liveJob(step: string): Promise<OperatorJob> {
    return this.#come(`there is a job of ${step}`, async () =>
      (await this.flavor.jobs(this.home)).find(({ stepRunId, alive }) => alive && stepNameOf(stepRunId) === step),
    )
  }

  /** Waits for what a launcher that lives is to bring about. */
  async #come<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
    const over = (): boolean => this.launchers.every(({ isAlive }) => !isAlive)
    try {
      const came = await until(what, async () => (await ask()) ?? (over() ? 'over' : undefined), { pauseMs: 10 })
      if (came !== 'over') return came as T
      const last = this.launchers.at(-1)
      this.find(
        'faults',
        `${what}: not before ${last === undefined ? 'anything' : describeEnd(await this.endOf(last))}`,
      )
    } catch (error) {
      if (!(error instanceof InVain)) throw error
      this.find('faults', error.message)
    }
    throw new TrialEnded()
  }

  #beginCommand(): string[] {
    const stack = this.stack === undefined ? [] : ['--stack', this.stack]
    return ['run', 'pipeline.ts', '--id', this.runId, ...stack, '--input', JSON.stringify(this.#input)]
  }

  #differs(end: LauncherEnd, expected: Expected): string | undefined {
    const { code, report } = end
    const status = report?.status
    if (status !== expected.status) return `the run was to end as ${expected.status}: ${describeEnd(end)}`
    if (expected.status === 'succeeded') {
      const result = expectedResult(this.#input, this.#version)
      if (code === 0 && isDeepStrictEqual(report?.result, result)) return undefined
      return `the result was to be ${JSON.stringify(result)}: ${describeEnd(end)}, ${JSON.stringify(report?.result)}`
    }
    if (expected.status === 'failed') {
      const { kind, step } = report?.error ?? {}
      if (code === 1 && kind === expected.kind && (expected.step === undefined || step === expected.step))
        return undefined
      return `the run was to fail with ${expected.kind} of ${expected.step ?? 'any step'}: ${describeEnd(end)}`
    }
    return code === expected.code ? undefined : `the run was to be cancelled: ${describeEnd(end)}`
  }
}

export function describeEnd({ code, signal, report, stderr }: LauncherEnd): string {
  if (signal !== null) return `killed by ${signal}`
  const { status, error } = report ?? {}
  const told =
    error === undefined ? '' : `, ${[error.code, error.kind, error.step].filter(Boolean).join(' ')}: ${error.message}`
  return `exit code ${code}, ${status ?? `no report: ${lastLines(stderr)}`}${told}`
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-6).join(' | ')
}
