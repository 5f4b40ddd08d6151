import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { constants } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'

import { parseImageName } from '../image-name.ts'
import type { JobEnd, JobToRun } from '../job.ts'
import { LineSplitter } from '../line-splitter.ts'
import type { JobControl } from '../live-job.ts'
import { messageOf } from '../message-of.ts'
import { untilAborted } from '../until-aborted.ts'
import { readImage } from './image.ts'
import { makeRoot, startIn, type ProcessStart } from './job-root.ts'
import type { LayerCache } from './layer-cache.ts'
import { JOB_MARK, killAll, markOf, memoryKills, sendSignal } from './process-table.ts'
import { RegistryReader } from './registry-reader.ts'

/** What a process's job works with. */
export interface ProcessTools {
  /** For what belongs to jobs of this runner. Absolute, without links in it. */
  readonly folder: string
  readonly layers: LayerCache
  /** `<owner>/<runner>`. */
  readonly mark: string
  /** Aborted as the runner is closed. */
  readonly ending: AbortSignal
}

/** A process that is killed is gone at once, unless it hangs in the kernel. */
const KILL_MS = 10_000
/** Somebody who is no part of the job may hold its output open; what is in a pipe is read by then. */
const LAST_OUTPUT_MS = 2_000
/** The pipe by whose end a job's entrypoint knows that the simulator was killed, so that it ends, too. */
const PARENT_FD = 3

/** Runs a job as a process from its beginning to its end. Rejects with why it cannot be started, or what of it cannot be ended. */
export async function processJob(job: JobToRun, control: JobControl, tools: ProcessTools): Promise<JobEnd> {
  const id = randomBytes(6).toString('hex')
  const folder = join(tools.folder, `${job.name}-${id}`)
  try {
    const start = await prepare(job, join(folder, 'root'), control, tools)
    control.cancelled.throwIfAborted()
    return await run(start, job, control, `${tools.mark}/${id}`)
  } finally {
    // What cannot be removed now is told when the runner is closed.
    await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined)
  }
}

async function prepare(
  job: JobToRun,
  root: string,
  { cancelled }: JobControl,
  { layers, ending }: ProcessTools,
): Promise<ProcessStart> {
  const name = parseImageName(job.image)
  // Others may wait for the same layer: only the end of all ends a download.
  const registry = new RegistryReader(name, ending, job.login)
  const image = await untilAborted(readImage(name, registry), cancelled)
  const files = image.ownLayers.map(async (layer) => ({ layer, file: await layers.file(layer.digest, registry) }))
  await makeRoot(root, job, image, await untilAborted(Promise.all(files), cancelled))
  return startIn(root, job, image)
}

async function run(start: ProcessStart, job: JobToRun, control: JobControl, mark: string): Promise<JobEnd> {
  const killsBefore = memoryKills()
  const child = await spawned(start, mark)
  const group = child.pid ?? 0
  const belongs = (row: { readonly pid: number; readonly group: number }): boolean =>
    row.group === group || markOf(row.pid) === mark
  const exit = once(child, 'exit') as Promise<[code: number | null, signal: NodeJS.Signals | null]>
  const copied = Promise.all([
    copyLines(child.stdout, (line) => job.onLine(line, 'stdout')),
    copyLines(child.stderr, (line) => job.onLine(line, 'stderr')),
  ])
  let killed = false
  control.begun(async (signal) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    killed ||= signal === 'SIGKILL'
    // Of SIGTERM, an engine too tells the first process alone.
    sendSignal(signal === 'SIGKILL' ? -group : group, signal)
  })
  const [code, signal] = await exit
  const left = await killAll(belongs, KILL_MS)
  await drained(child, copied)
  if (left.length > 0) throw new Error(`these processes of the job could not be killed: ${left.join(', ')}`)
  if (signal === null) return { exitCode: code, outOfMemory: false }
  const outOfMemory = signal === 'SIGKILL' && !killed && (memoryKills() ?? 0) > (killsBefore ?? Infinity)
  return { exitCode: 128 + constants.signals[signal], signal, outOfMemory }
}

/** A process that runs, in a group of its own. */
async function spawned({ command, environment, workdir }: ProcessStart, mark: string): Promise<Spawned> {
  const [program = '', ...words] = command
  if (program === '') throw new Error('neither the job nor its image has a command')
  try {
    const child = spawn(program, words, {
      cwd: workdir,
      env: { ...environment, [JOB_MARK]: mark, SIDESTEP_PARENT_FD: String(PARENT_FD) },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      detached: true,
    })
    // It breaks where the process ends: that is told otherwise.
    child.stdio[PARENT_FD]?.on('error', () => undefined)
    await once(child, 'spawn')
    return child as Spawned
  } catch (error) {
    const hint = 'a job that is a process has the programs of this machine, and what Sidestep put into its image'
    throw new Error(`${program} cannot be started: ${messageOf(error)} (${hint})`, { cause: error })
  }
}

type Spawned = ChildProcess & { readonly stdout: Socket; readonly stderr: Socket }

/** Waits for the last of the output, and no longer than until it stands still. */
async function drained(child: Spawned, copied: Promise<unknown>): Promise<void> {
  const { stdout, stderr } = child
  let seen: number
  do {
    seen = stdout.bytesRead + stderr.bytesRead
    await Promise.race([copied, sleep(LAST_OUTPUT_MS)])
    // What came while this process was busy is read behind its timers.
    await setImmediate()
  } while (!(stdout.closed && stderr.closed) && stdout.bytesRead + stderr.bytesRead > seen)
  for (const stream of child.stdio) stream?.destroy()
  await copied
}

async function copyLines(output: Readable, onLine: (line: string) => void): Promise<void> {
  const splitter = new LineSplitter(onLine)
  output.on('data', (piece: Buffer) => splitter.write(piece))
  // What was read until then is all that there is.
  output.on('error', () => undefined)
  await new Promise((resolve) => output.on('close', resolve))
  splitter.end()
}
