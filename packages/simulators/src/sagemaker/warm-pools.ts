import type { ServiceGround } from '../ground/ground.ts'
import type { TrainingJob } from './training-job.ts'
import type { TrainingJobs } from './training-jobs.ts'

interface Pool {
  readonly region: string
  readonly name: string
  readonly needs: string
  readonly taken: AbortController
}

/**
 * Machines that are kept for the next job after `KeepAlivePeriodInSeconds`:
 * https://docs.aws.amazon.com/sagemaker/latest/dg/train-warm-pools.html. The quota of such machines, which is 0 in a new account, is not
 * simulated.
 */
export class WarmPools {
  readonly #jobs: TrainingJobs
  readonly #ground: ServiceGround
  readonly #pools = new Set<Pool>()

  constructor(jobs: TrainingJobs, ground: ServiceGround) {
    this.#jobs = jobs
    this.#ground = ground
  }

  /** True where machines are there that fit a job, which has them now. Only one that keeps its own gets any. */
  take(job: TrainingJob): boolean {
    if (keptSeconds(job) === 0) return false
    const needs = needsOf(job)
    const pool = [...this.#pools].find((one) => one.region === job.region && one.needs === needs)
    this.#jobs.change(job.region, job.name, () => ({ warmPool: { status: 'InUse' } }))
    if (pool === undefined) return false
    this.#pools.delete(pool)
    pool.taken.abort()
    this.#end(pool, { status: 'Reused', reusedBy: job.name })
    return true
  }

  /** Keeps the machines of a job that has ended, where it wants that. */
  keep(job: TrainingJob): void {
    const { clock, ending } = this.#ground
    if (keptSeconds(job) === 0 || job.trainingStartedAt === undefined || ending.aborted) {
      if (job.warmPool !== undefined)
        this.#jobs.change(job.region, job.name, () => ({ warmPool: { status: 'Terminated' } }))
      return
    }
    const kept = this.#jobs.change(job.region, job.name, () => ({
      warmPool: { status: 'Available', keptAt: clock.now() },
    }))
    this.#wait(kept)
  }

  /** For a period that was changed: of machines that are kept now, it may be over. */
  update(job: TrainingJob): void {
    const pool = [...this.#pools].find(({ region, name }) => region === job.region && name === job.name)
    if (pool === undefined) return
    this.#pools.delete(pool)
    pool.taken.abort()
    this.#wait(job)
  }

  #wait(job: TrainingJob): void {
    const { clock, ending } = this.#ground
    const pool: Pool = { region: job.region, name: job.name, needs: needsOf(job), taken: new AbortController() }
    this.#pools.add(pool)
    const leftMs = (job.warmPool?.keptAt ?? clock.now()) + keptSeconds(job) * 1000 - clock.now()
    const isOver = clock.wait(leftMs, { signal: AbortSignal.any([pool.taken.signal, ending]) })
    void isOver.then(
      () => {
        this.#pools.delete(pool)
        this.#end(pool, { status: 'Terminated' })
      },
      // They were taken, or the simulator is closed.
      () => undefined,
    )
  }

  #end({ region, name }: Pool, end: { readonly status: 'Reused' | 'Terminated'; readonly reusedBy?: string }): void {
    // The job itself may have been deleted meanwhile.
    if (this.#jobs.find(region, name) === undefined) return
    const endedAt = this.#ground.clock.now()
    this.#jobs.change(region, name, ({ warmPool }) => ({ warmPool: { ...warmPool, ...end, endedAt } }))
  }
}

function keptSeconds({ request }: TrainingJob): number {
  return request.ResourceConfig?.KeepAlivePeriodInSeconds ?? 0
}

/** What has to be the same, by the documentation's list. */
function needsOf({ request }: TrainingJob): string {
  const { InstanceType, InstanceCount, VolumeSizeInGB, VolumeKmsKeyId } = request.ResourceConfig ?? {}
  return JSON.stringify([
    request.RoleArn,
    [InstanceType, InstanceCount, VolumeSizeInGB, VolumeKmsKeyId],
    request.VpcConfig ?? null,
    request.EnableInterContainerTrafficEncryption ?? false,
    request.EnableNetworkIsolation ?? false,
  ])
}
