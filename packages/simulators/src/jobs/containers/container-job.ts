import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

import { LineSplitter } from '../line-splitter.ts'
import type { JobEnd, JobToRun } from '../job.ts'
import type { JobControl, SendSignal } from '../live-job.ts'
import { containerBody, type ContainerMarks } from './container-body.ts'
import { EngineError, isNotFound, type EngineClient } from './engine-client.ts'
import type { EngineImages } from './engine-images.ts'
import { FrameReader } from './frame-reader.ts'
import { removeContainer } from './remove-containers.ts'

/** What a container's job works with. */
export interface ContainerTools extends Omit<ContainerMarks, 'pulled'> {
  readonly client: EngineClient
  readonly images: EngineImages
}

/** An engine that is restarted comes back within this time, in milliseconds. */
const ENGINE_BACK_MS = 30_000
const PAUSE_MS = 250
/** How long the output of a container that ended may stand still before it is given up, in milliseconds. */
const LAST_OUTPUT_MS = 10_000
const BROKEN = 'the engine broke off its answers meanwhile: lines may be missing'

/** Of an inspection. */
interface ContainerState {
  readonly Running: boolean
  readonly ExitCode: number
  readonly OOMKilled: boolean
  readonly Error: string
}

/** Runs a job in a container from its beginning to its end. Rejects with why it cannot be started, or what became of the engine. */
export async function containerJob(job: JobToRun, control: JobControl, tools: ContainerTools): Promise<JobEnd> {
  const { client } = tools
  const id = await create(job, control, tools)
  let output: IncomingMessage | undefined
  let copied: Promise<void> | undefined
  try {
    // Before it starts: nothing of its output is missed.
    output = await client.stream('POST', `/containers/${id}/attach`, {
      query: { stream: 'true', stdout: 'true', stderr: 'true' },
      silenceMs: 0,
    })
    copied = copyLines(output, job)
    control.cancelled.throwIfAborted()
    await client.call('POST', `/containers/${id}/start`)
    let killed = false
    control.begun(async (signal) => {
      killed ||= signal === 'SIGKILL'
      await send(client, id, signal)
    })
    const { state, isBroken } = await endOf(client, id)
    output.setTimeout(LAST_OUTPUT_MS, () => output?.destroy())
    await copied
    return { ...judge(state, killed), ...(isBroken ? { lostError: BROKEN } : {}) }
  } finally {
    // What cannot be removed now is looked for again when the runner is closed.
    await removeContainer(client, id).catch(() => undefined)
    output?.destroy()
    await copied
  }
}

/** The engine's id of a new container. */
async function create(job: JobToRun, control: JobControl, tools: ContainerTools): Promise<string> {
  const { client, images } = tools
  const query = { name: `sidestep-simulated-${job.name}-${randomBytes(6).toString('hex')}` }
  for (let tries = 1; ; tries += 1) {
    const pulled = await images.provide(job.image, control.cancelled, job.login)
    control.cancelled.throwIfAborted()
    try {
      const body = containerBody(job, { ...tools, pulled })
      return (await client.call<{ readonly Id: string }>('POST', '/containers/create', { query, body })).Id
    } catch (error) {
      // Another simulator that was closed took the image away.
      if (!isNotFound(error) || tries === 3) throw error
    }
  }
}

async function copyLines(output: IncomingMessage, { onLine }: JobToRun): Promise<void> {
  const splitters = {
    stdout: new LineSplitter((line) => onLine(line, 'stdout')),
    stderr: new LineSplitter((line) => onLine(line, 'stderr')),
  }
  const frames = new FrameReader((bytes, stream) => splitters[stream].write(bytes))
  output.on('data', (piece: Buffer) => frames.write(piece))
  // The engine went away: the inspection says so, too.
  output.on('error', () => undefined)
  await new Promise((resolve) => output.on('close', resolve))
  for (const splitter of Object.values(splitters)) splitter.end()
}

async function send(client: EngineClient, id: string, signal: Parameters<SendSignal>[0]): Promise<void> {
  try {
    await client.call('POST', `/containers/${id}/kill`, { query: { signal } })
  } catch (error) {
    // It has ended.
    if (!(error instanceof EngineError && (error.status === 404 || error.status === 409))) throw error
  }
}

/** Waits for the end. A restart of the engine in between is one, of all containers. */
async function endOf(
  client: EngineClient,
  id: string,
): Promise<{ readonly state: ContainerState; readonly isBroken: boolean }> {
  let isBroken = false
  for (let deadline = Infinity; ; await sleep(PAUSE_MS)) {
    try {
      await client.call('POST', `/containers/${id}/wait`, { silenceMs: 0 })
      const { State } = await client.call<{ readonly State: ContainerState }>('GET', `/containers/${id}/json`)
      if (!State.Running) return { state: State, isBroken }
      deadline = Infinity
    } catch (error) {
      if (error instanceof EngineError) throw error
      isBroken = true
      deadline = Math.min(deadline, performance.now() + ENGINE_BACK_MS)
      if (performance.now() > deadline) throw error
    }
  }
}

function judge({ ExitCode: exitCode, OOMKilled, Error: error }: ContainerState, killed: boolean): JobEnd {
  // That some process was killed for memory stays in a container's state: one that ended well had no need of it.
  const outOfMemory = OOMKilled && exitCode !== 0
  const isKill = exitCode === 137 && (killed || outOfMemory)
  if (error !== '') return { exitCode: null, outOfMemory, lostError: error }
  return { exitCode, outOfMemory, ...(isKill ? { signal: 'SIGKILL' } : {}) }
}
