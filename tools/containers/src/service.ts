import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { lap } from './laps.ts'

/** A process that goes on after `start`. */
export interface Service {
  /** `dockerd`: of its files, too. */
  readonly name: string
  /** Program and arguments. One of them names the state folder: by that `stop` knows the process. */
  readonly command: readonly [string, ...string[]]
  readonly answers: () => Promise<boolean>
  /** How long it may take to come up. */
  readonly timeoutMs: number
}

/** Starts it in a session of its own, and waits until it answers. One that does not is ended: throws with the end of its log. */
export async function startService(state: string, { name, command, answers, timeoutMs }: Service): Promise<void> {
  const logFile = join(state, `${name}.log`)
  const log = openSync(logFile, 'a')
  const [program, ...args] = command
  const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log], env: { ...process.env, PATH } })
  closeSync(log)
  let problem: string | undefined
  child.on('error', (error) => (problem ??= error.message))
  child.on('exit', (code, signal) => (problem ??= `it ended with ${signal ?? code}`))
  child.unref()
  if (child.pid !== undefined) await writeFile(join(state, `${name}.pid`), `${child.pid}`)
  for (const deadline = Date.now() + timeoutMs; !(await answers()); await setTimeout(50)) {
    if (Date.now() > deadline) problem ??= `it does not answer within ${timeoutMs / 1000} s`
    if (problem === undefined) continue
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) await end(child.pid, name)
    const lines = (await readFile(logFile, 'utf8')).trim().split('\n').slice(-20)
    throw new Error(`${name} did not come up: ${problem}\n${lines.join('\n')}`)
  }
  lap(`${name} is up`)
}

/** Ends all services of a state folder. */
export async function stopServices(state: string): Promise<void> {
  for (const file of await readdir(state)) {
    if (!file.endsWith('.pid')) continue
    const pid = Number(await readFile(join(state, file), 'utf8'))
    if (pid > 0 && (await commandOf(pid)).includes(state)) await end(pid, file.slice(0, -'.pid'.length))
  }
  // What an engine that was killed leaves: its containerd, and a watcher for each container.
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/u.test(name)) continue
    const pid = Number(name)
    const [program = '', ...args] = (await commandOf(pid)).split('\0')
    if (!/\bcontainerd[^/]*$/u.test(program) || !args.some((arg) => arg.startsWith(`${state}/`))) continue
    // A container outlives its watcher. With its first process, all of it ends.
    for (const child of await childrenOf(pid)) signal(child, 'SIGKILL')
    await end(pid, program)
  }
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => [])
  const lists = threads.map(async (thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => ''))
  return (await Promise.all(lists)).flatMap((list) => list.split(' ').filter(Boolean).map(Number))
}

async function end(pid: number, name: string): Promise<void> {
  signal(pid, 'SIGTERM')
  for (const begun = Date.now(); (await commandOf(pid)) !== ''; await setTimeout(20)) {
    if (Date.now() - begun > 30_000) signal(pid, 'SIGKILL')
    if (Date.now() - begun > 40_000) throw new Error(`${name}, process ${pid}, does not end`)
  }
  lap(`${name} is ended`)
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** The arguments, with a NUL after each. Empty: there is no such process, or only its exit code is left. */
async function commandOf(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
}
