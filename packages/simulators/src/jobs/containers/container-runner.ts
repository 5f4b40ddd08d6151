import { randomBytes } from 'node:crypto'

import { checkJob } from '../check-job.ts'
import { parseImageName } from '../image-name.ts'
import type { JobRunner, JobToRun, RunningJob } from '../job.ts'
import { LiveJobs } from '../live-jobs.ts'
import { thisOwner } from '../owner.ts'
import { containerJob, type ContainerTools } from './container-job.ts'
import type { Engine } from './engine.ts'
import { EngineImages } from './engine-images.ts'
import { removeContainersOf, removeLeftovers } from './remove-containers.ts'

/**
 * Runs each job in a container, on the network of this machine. A simulator that is killed leaves its containers running, and the images
 * that it got: the next one that is started, by anybody on this machine, removes the containers and their images.
 */
export class ContainerRunner implements JobRunner {
  readonly description: string
  readonly kind = 'container'
  readonly #tools: ContainerTools
  readonly #jobs = new LiveJobs()
  #hasRun = false

  private constructor(engine: Engine) {
    const { client, version, cpus } = engine
    const runner = randomBytes(6).toString('hex')
    const images = new EngineImages(client)
    this.#tools = { client, images, owner: thisOwner(), runner, machineCpus: cpus }
    this.description = `jobs run in containers of Docker ${version}, on the network of this machine`
  }

  /** Removes what killed ones left. Rejects where the engine gives no answer. */
  static async start(engine: Engine): Promise<ContainerRunner> {
    await removeLeftovers(engine.client)
    return new ContainerRunner(engine)
  }

  run(job: JobToRun): RunningJob {
    checkJob(job)
    const { host, repository, digest } = parseImageName(job.image)
    const plain = { ...job, image: `${host}/${repository}@${digest}` }
    this.#hasRun = true
    return this.#jobs.add(job.graceMs, async (control) => containerJob(plain, control, this.#tools))
  }

  async close(): Promise<void> {
    await this.#jobs.close()
    // Where nothing was started there is nothing to remove, and an engine that is gone is not missed.
    if (!this.#hasRun) return
    await removeContainersOf(this.#tools.client, this.#tools.runner)
    await this.#tools.images.close()
  }
}
