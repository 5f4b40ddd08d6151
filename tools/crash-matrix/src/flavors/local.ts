import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

import { codeOf, type JobLabels } from '@sidestep/core'
import { isRunning, type ProcessIdentity } from '@sidestep/core/process'
import { openArtifactStore } from '@sidestep/local/runtime'

import type { MatrixFlavor } from '../flavor.ts'
import type { OperatorJob } from '../operator-under-test.ts'
import { POINTS_WITHOUT_IMAGE } from '../points.ts'
import { until } from '../until.ts'

/** What `jobs/<token>/job.json` and its neighbours hold, as far as it is looked at. */
interface JobRecord {
  readonly labels: JobLabels
  readonly nonce: string
  readonly supervisor: ProcessIdentity
}

/** Jobs are folders with a supervisor's process each. */
export const local: MatrixFlavor = {
  name: 'local',
  stacks: [undefined, 'plain', 'faulty'],
  scenarios: [],
  insteadOf: {},
  without: {
    'cancel-build': 'it runs no image',
    'half-created': 'a job is there when its supervisor runs, and not before',
    'by-hand': 'there are no tools for its jobs but Sidestep’s own',
  },
  points: POINTS_WITHOUT_IMAGE,
  pace: 1,
  restartsUnseen: true,
  killedAs: 'infra',
  begin: async () => {},
  environment: () => ({}),
  byHand: {},
  openStore: (home) => openArtifactStore({ flavor: 'local', path: join(home, 'store') }),
  jobs: async (home) => jobFolders(home).flatMap((folder) => readJob(folder) ?? []),
  killSupervisor: async (_home, { name }) => {
    const record = readJson<JobRecord>(join(name, 'job.json'))
    return record !== undefined && killIfRunning(record.supervisor)
  },
  killEntrypoint: async (_home, { name }) => {
    const leader = readJson<ProcessIdentity>(join(name, 'group.json'))
    return leader !== undefined && killIfRunning(leader)
  },
  restart: async (_home, { name }) => restart(name),
  killAll: async (home) => {
    await until('everything is killed', () => {
      const left = processesOf(home)
      for (const pid of left) kill(pid, 'SIGKILL')
      return left.length === 0
    })
  },
  close: async () => {},
}

function jobFolders(home: string): string[] {
  const folder = join(home, 'jobs')
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
}

function readJob(folder: string): OperatorJob | undefined {
  const record = readJson<JobRecord>(join(folder, 'job.json'))
  if (record === undefined) return undefined
  const { runId, stepRunId, attempt } = record.labels
  const exit = readJson<{ readonly endedAt: string }>(join(folder, 'exit.json'))
  // A supervisor that has written the job's end is on its way out.
  const alive = (exit === undefined && isRunning(record.supervisor)) || processesIn(folder).length > 0
  const ended = exit === undefined ? {} : { endedAt: Date.parse(exit.endedAt) }
  return { name: folder, runId, stepRunId, attempt, nonce: record.nonce, alive, ...ended }
}

function restart(folder: string): () => void {
  const leader = readJson<ProcessIdentity>(join(folder, 'group.json'))
  if (leader === undefined || !isRunning(leader)) throw new Error(`the job ${folder} does not run`)
  const words = (file: string): string[] => readFileSync(`/proc/${leader.pid}/${file}`, 'utf8').split('\0').slice(0, -1)
  const [program = '', ...args] = words('cmdline')
  const environment = Object.fromEntries(
    words('environ').map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
  )
  const cwd = readlinkSync(`/proc/${leader.pid}/cwd`)
  kill(-leader.pid, 'SIGSTOP')
  // The fourth is the pipe on which it sees its supervisor's end: here, the matrix's.
  spawn(program, args, { cwd, env: environment, detached: true, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  return () => kill(-leader.pid, 'SIGCONT')
}

/** Processes of the jobs' commands, by the folder in their environment. */
function processesIn(folder: string): number[] {
  return pids().filter((pid) => readProc(pid, 'environ').split('\0').includes(`SIDESTEP_JOB_FOLDER=${folder}`))
}

/** Everything that was started for a home: launchers, supervisors, and the processes of jobs. */
function processesOf(home: string): number[] {
  return pids().filter((pid) => readProc(pid, 'environ').includes(home) || readProc(pid, 'cmdline').includes(home))
}

/** Of all processes but this one. */
export function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid)
}

/** A file of a process; empty where it has ended. */
export function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    // It has ended, or is somebody else's.
    return ''
  }
}

function killIfRunning(identity: ProcessIdentity): boolean {
  return isRunning(identity) && kill(identity.pid, 'SIGKILL')
}

/** `false` where it has ended. */
export function kill(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false
    throw error
  }
}

function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
