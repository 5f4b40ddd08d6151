import { flushCompileCache } from 'node:module'

import { readJson, writeJson } from '../files/json-file.ts'
import { killJobProcesses } from '../job/job-processes.ts'
import { timeOfThisProcess } from '../job/job-clock.ts'
import { JobFolder } from '../job/job-folder.ts'
import type { ExitRecord, JobEnd } from '../job/job-record.ts'
import type { RequestFile } from '../job/job-request.ts'
import { TOKEN_VARIABLE } from '../job/job-variables.ts'
import { BoundedLog } from './bounded-log.ts'
import { claimJob } from './claim-job.ts'
import { takeCreateCall, type CreateCall } from './create-call.ts'
import { Ending, listenForSignals } from './ending.ts'
import { installPackages } from './install-packages.ts'
import { jobEnvironment } from './job-environment.ts'
import type { MemorySeen } from './memory-watch.ts'
import { startPhase } from './phase-log.ts'
import { placeFiles } from './place-files.ts'
import { runCommand } from './run-command.ts'
import { limitTime } from './time-limit.ts'

interface SupervisedJob {
  readonly folder: JobFolder
  readonly file: RequestFile
  readonly call: CreateCall
  readonly ending: Ending
  readonly log: BoundedLog
  readonly memory: MemorySeen
}

/** Whatever npm started is gone at once when it is killed, unless it hangs in the kernel. */
const KILL_MS = 10_000

/**
 * The life of a job, from `job.json` to `exit.json`. Does nothing where the job has a supervisor. Needs no launcher,
 * and outlives the one that started it.
 */
export async function supervise(path: string): Promise<void> {
  const ending = new Ending()
  listenForSignals(ending)
  const call = takeCreateCall(process.env)
  const folder = new JobFolder(path)
  const file = await readJson<RequestFile>(folder.request)
  if (file === undefined) throw new Error(`there is no ${folder.request}`)
  if (!(await claimJob(folder, file, call.nonce))) return
  // npm and what it starts are found by it, as the command is.
  process.env[TOKEN_VARIABLE] = file.labels.token
  const job = { folder, file, call, ending, log: new BoundedLog(folder), memory: { peakBytes: 0 } }
  const end = await runJob(job).catch(failedEnd)
  job.log.close()
  const { peakBytes } = job.memory
  const record: ExitRecord = {
    ...end,
    endedAt: timeOfThisProcess().toISOString(),
    ...(peakBytes === 0 ? {} : { peakMemoryBytes: peakBytes }),
  }
  // Node.js would do it at the end of this process: then the home may be gone, and would come back.
  flushCompileCache()
  await writeJson(folder.exit, record)
}

async function runJob(job: SupervisedJob): Promise<JobEnd> {
  const { folder, file, call, ending, log } = job
  const { request } = file
  const totalLimit = limitTime(request.limits.totalMs, 'the job', ending)
  const queueLimit = limitTime(request.limits.queueMs, 'getting the job ready', ending)
  try {
    const failure = await provision(job)
    queueLimit.lift()
    // Whatever failed while the job was being stopped failed because of that.
    if (ending.cause !== undefined) return ending.cause
    if (failure !== undefined) return failure
    await placeFiles(folder, request)
    const environment = jobEnvironment(folder, file, call, process.env)
    return await runCommand({ folder, file, environment, ending, log, memory: job.memory })
  } finally {
    queueLimit.lift()
    totalLimit.lift()
  }
}

/** The job's own packages, or why there are none. */
async function provision({ folder, file, ending, log }: SupervisedJob): Promise<JobEnd | undefined> {
  const { packages } = file.request
  if (packages === undefined) return undefined
  startPhase(folder, 'provisioning')
  try {
    await installPackages(folder, packages, { signal: ending.signal, onOutput: (line) => log.append(`${line}\n`) })
    return undefined
  } catch (error) {
    await killJobProcesses({ token: file.labels.token }, KILL_MS)
    return { reason: 'packages_failed', ...said(error) }
  }
}

function failedEnd(error: unknown): JobEnd {
  return { reason: 'supervisor_failed', ...said(error) }
}

/** Core's errors say of which kind they are and what to do; core itself was perhaps never loaded. */
function said(error: unknown): Pick<JobEnd, 'message' | 'hint' | 'kind'> {
  if (!(error instanceof Error)) return { message: String(error) }
  const { hint, kind } = error as Partial<JobEnd>
  return { message: error.message, ...(hint === undefined ? {} : { hint }), ...(kind === undefined ? {} : { kind }) }
}
