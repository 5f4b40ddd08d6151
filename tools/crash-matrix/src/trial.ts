import { setTimeout as sleep } from 'node:timers/promises'

import type { ArtifactStore, LaunchPoint } from '@sidestep/core'

import { leftRunning } from './audit/left-running.ts'
import { TrialEnded, type Figure, type Finding } from './finding.ts'
import { describeEnd, differenceOf, lastLines, type Expected } from './launcher-end.ts'
import { Launcher, type LauncherEnd } from './launcher.ts'
import type { OperatorUnderTest } from './operator-under-test.ts'
import type { Order } from './orders.ts'
import { expectedResult, type MatrixInput } from './project/numbers.ts'
import type { Random } from './random.ts'
import { readAttempts } from './store-reader.ts'
import { describeStrike, type Strike } from './strike.ts'
import type { TrialFiles } from './trial-files.ts'

export interface TrialOptions {
  readonly flavor: OperatorUnderTest
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
  readonly flavor: OperatorUnderTest
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
    const wrong = differenceOf(end, expected, expectedResult(this.#input, this.#version))
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

  #beginCommand(): string[] {
    const stack = this.stack === undefined ? [] : ['--stack', this.stack]
    return ['run', 'pipeline.ts', '--id', this.runId, ...stack, '--input', JSON.stringify(this.#input)]
  }
}
