import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { checkJob } from '../check-job.ts'
import type { JobRunner, JobToRun, RunningJob } from '../job.ts'
import { LiveJobs } from '../live-jobs.ts'
import { codeOf } from '../message-of.ts'
import { isGone, thisOwner } from '../owner.ts'
import { LayerCache } from './layer-cache.ts'
import { processJob, type ProcessTools } from './process-job.ts'
import { killAll, markOf } from './process-table.ts'

const OWNER = 'owner'
const KILL_MS = 10_000

/**
 * Runs each job as a process group of this machine, in a folder that stands for the root: of the image's layers only those that Sidestep
 * made are in it. A simulator that is killed takes those of its jobs along that are Sidestep's own entrypoint. Other commands go on; on
 * Linux the next simulator that runs processes ends them. What they left in a folder, the next one with that folder removes.
 */
export class ProcessRunner implements JobRunner {
  readonly description: string
  readonly kind = 'process'
  readonly #tools: ProcessTools
  readonly #ending: AbortController
  readonly #jobs = new LiveJobs()

  private constructor(tools: ProcessTools, ending: AbortController, why: string) {
    this.#tools = tools
    this.#ending = ending
    this.description =
      `jobs run as processes of this machine (${why}): with its Node.js ${process.version}, its programs, files and user, and of their ` +
      'images only what Sidestep put on the base. Memory and cores are not limited'
  }

  /** Ends and removes what killed ones left. `why` says why there are no containers. */
  static async start(folder: string, why: string): Promise<ProcessRunner> {
    await mkdir(folder, { recursive: true })
    const root = await realpath(folder)
    const jobs = join(root, 'jobs')
    // One that hangs in the kernel stays, whatever is done.
    await killAll(({ pid }) => isGone(markOf(pid)?.split('/')[0] ?? ''), KILL_MS)
    await removeLeftovers(jobs)
    const runner = randomBytes(6).toString('hex')
    const own = join(jobs, runner)
    await mkdir(own, { recursive: true })
    const owner = thisOwner()
    await writeFile(join(own, OWNER), owner)
    const ending = new AbortController()
    const layers = new LayerCache(join(root, 'layers'), join(own, 'downloads'))
    return new ProcessRunner({ folder: own, layers, mark: `${owner}/${runner}`, ending: ending.signal }, ending, why)
  }

  run(job: JobToRun): RunningJob {
    checkJob(job)
    return this.#jobs.add(job.graceMs, async (control) => processJob(job, control, this.#tools))
  }

  async close(): Promise<void> {
    this.#ending.abort(new Error('the simulator was closed'))
    await this.#jobs.close()
    await this.#tools.layers.close()
    await rm(this.#tools.folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Folders of runners whose processes have ended. One without an owner is just being made. */
async function removeLeftovers(jobs: string): Promise<void> {
  for (const runner of await namesIn(jobs)) {
    const folder = join(jobs, runner)
    const owner = await readFile(join(folder, OWNER), 'utf8').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return ''
      throw error
    })
    if (isGone(owner)) await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}
