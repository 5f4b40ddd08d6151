import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import type { LaunchPoint } from '@sidestep/core'

import { ACT_MARK, type Act, type Order, type Orders } from './orders.ts'
import { until } from './until.ts'

const BIN = join(dirname(createRequire(import.meta.url).resolve('@sidestep/cli/package.json')), 'src/bin.ts')
/** What `--output json` says, as far as it is looked at. */
export interface Report {
  readonly runId: string | null
  readonly status: string
  readonly result?: unknown
  readonly error?: { readonly code?: string; readonly kind?: string; readonly message: string; readonly step?: string }
}

/** How a launcher's process ended. */
export interface LauncherEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly report?: Report
  readonly stdout: string
  readonly stderr: string
  /** It had to be killed because it did not end. */
  readonly hung: boolean
  /** When it ended, in milliseconds since 1970. */
  readonly at: number
}

export interface StartLauncher {
  readonly args: readonly string[]
  readonly cwd: string
  readonly environment: Readonly<Record<string, string>>
  /** Path without an ending: orders and log lie there. */
  readonly files: string
  /** One that takes longer hangs. */
  readonly longestMs: number
  readonly orders?: readonly Order[]
  readonly clockHours?: number
  readonly shiftHours?: number
}

/** A real `sidestep` in a process of its own, with the preload that makes it obey. */
export class Launcher {
  readonly args: readonly string[]
  readonly ended: Promise<LauncherEnd>
  readonly #child: ChildProcess
  readonly #log: string

  private constructor(child: ChildProcess, options: StartLauncher, log: string) {
    this.args = options.args
    this.#child = child
    this.#log = log
    this.ended = endOf(child, options.longestMs)
  }

  static start(options: StartLauncher): Launcher {
    const { args, cwd, environment, files, orders = [], clockHours, shiftHours } = options
    const log = `${files}.log`
    const path = `${files}.orders.json`
    const given: Orders = {
      orders,
      log,
      ...(clockHours === undefined ? {} : { clockHours }),
      ...(shiftHours === undefined ? {} : { shiftHours }),
    }
    writeFileSync(path, JSON.stringify(given))
    const preload = new URL('preload.ts', import.meta.url)
    preload.search = encodeURIComponent(path)
    const child = spawn(process.execPath, ['--import', preload.href, BIN, ...args], {
      cwd,
      env: environment,
      // Ctrl-C at the matrix must not reach it: the matrix ends what it started in its own way.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return new Launcher(child, options, log)
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Points that it came to, in order. */
  get points(): readonly LaunchPoint[] {
    return this.#lines()
      .filter((line) => !line.startsWith(ACT_MARK))
      .map((line) => line.slice(0, line.indexOf(' ')) as LaunchPoint)
  }

  /** What it did to itself, and where. */
  get acts(): readonly { readonly act: Act; readonly point: LaunchPoint }[] {
    return this.#lines()
      .filter((line) => line.startsWith(ACT_MARK))
      .map((line) => line.slice(ACT_MARK.length).split(' ') as [Act, LaunchPoint])
      .map(([act, point]) => ({ act, point }))
  }

  send(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Resolves when it has done this to itself; `false` where it ended before. */
  async did(act: Act): Promise<boolean> {
    const done = (): boolean => this.acts.some((other) => other.act === act)
    await until(`the launcher does ${act}`, () => done() || !this.isAlive)
    return done()
  }

  #lines(): string[] {
    return existsSync(this.#log) ? readFileSync(this.#log, 'utf8').split('\n').slice(0, -1) : []
  }
}

async function endOf(child: ChildProcess, longestMs: number): Promise<LauncherEnd> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const state = { hung: false, at: 0 }
  const timer = setTimeout(() => {
    state.hung = true
    child.kill('SIGKILL')
  }, longestMs)
  child.once('exit', () => (state.at = performance.timeOrigin + performance.now()))
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  clearTimeout(timer)
  const report = reportIn(stdout)
  return { code, signal, stdout, stderr, ...state, ...(report === undefined ? {} : { report }) }
}

function reportIn(stdout: string): Report | undefined {
  try {
    return JSON.parse(stdout) as Report
  } catch {
    // Killed before it wrote one, or while it did.
    return undefined
  }
}
