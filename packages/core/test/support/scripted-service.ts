import { SidestepError } from '../../src/errors.ts'
import { JobStepOperator, type JobStepOperatorOptions } from '../../src/launch/job-step-operator.ts'
import type { Capabilities } from '../../src/operator/base-step-operator.ts'
import type {
  FoundJob,
  JobHandle,
  JobQuery,
  JobService,
  JobToPrepare,
  ProviderLogPage,
  SubmitOptions,
} from '../../src/operator/job-service.ts'
import type { Observation } from '../../src/operator/phases.ts'

interface Request {
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly secretNames: readonly string[]
}

interface Job extends FoundJob<JobHandle> {
  observation: Observation
}

export type Fault = 'lost-before' | 'lost-after' | 'refused'

/** A provider in memory that does what a test tells it to, and counts. */
export class ScriptedService implements JobService<object, Request, JobHandle, string> {
  readonly scope = 'memory'
  readonly pollIntervalMs = { min: 100, max: 1_000 }
  readonly createTimeoutMs = 10_000
  readonly jobs: Map<string, Job> = new Map()
  /** What the next creates do instead of succeeding. */
  readonly faults: Fault[] = []
  readonly nonces: string[] = []
  readonly secretsSeen: Readonly<Record<string, string>>[] = []
  /** False: every create makes a job, whatever there is already. */
  idempotent = true
  /** Where creates are to wait for their turn. */
  turn?: NonNullable<JobService<any, any, any, string>['turn']>
  creates = 0
  finds = 0
  cancels: string[] = []
  cancelFailures = 0
  /** What its operator declares. */
  hasLogs = true
  logCalls = 0
  now: () => Date

  constructor(now: () => Date) {
    this.now = now
  }

  facts: JobService<any, any, any, string>['facts'] = async () => 'facts'

  prepare = ({ command, environment, secretNames }: JobToPrepare<object, string>): Request => ({
    command,
    environment,
    secretNames,
  })

  submit = async (_request: Request, { labels, nonce, fingerprint, secrets }: SubmitOptions): Promise<JobHandle> => {
    this.creates += 1
    this.nonces.push(nonce)
    this.secretsSeen.push(secrets)
    const fault = this.faults.shift()
    if (fault === 'lost-before') throw new Error('connection reset')
    if (fault === 'refused') throw new SidestepError('no quota', { code: 'LAUNCH_FAILED', kind: 'quota' })
    const id = this.idempotent ? labels.token : `${labels.token}-${this.creates}`
    const known = this.jobs.get(id)
    const handle = known?.handle ?? { id }
    this.jobs.set(id, known ?? { handle, labels, nonce, fingerprint, observation: this.seen('queued') })
    if (fault === 'lost-after') throw new Error('connection reset')
    return handle
  }

  async *find({ token }: JobQuery): AsyncGenerator<FoundJob<JobHandle>> {
    this.finds += 1
    for (const job of this.jobs.values()) if (job.labels.token === token) yield job
  }

  observe = async (handles: readonly JobHandle[]): Promise<ReadonlyMap<string, Observation>> =>
    new Map(
      handles.flatMap(({ id }) => {
        const job = this.jobs.get(id)
        return job === undefined ? [] : [[id, { ...job.observation, at: this.now().toISOString() }]]
      }),
    )

  cancel = async ({ id }: JobHandle): Promise<void> => {
    if (this.cancelFailures > 0) {
      this.cancelFailures -= 1
      throw new Error('throttled')
    }
    this.cancels.push(id)
    this.move(id, 'stopped')
  }

  logs = async (): Promise<ProviderLogPage> => {
    this.logCalls += 1
    return { lines: ['from the provider'], cursor: '1', more: false }
  }

  /** Puts a job, or the only one there is, into a phase. */
  move(id: string | undefined, phase: Observation['phase'], more: Partial<Observation> = {}): void {
    const job = id === undefined ? [...this.jobs.values()][0] : this.jobs.get(id)
    if (job === undefined) throw new Error('there is no job yet')
    const phases = [...(job.observation.phases ?? []), { phase, at: this.now().toISOString() }]
    job.observation = { ...this.seen(phase), phases, ...more }
  }

  private seen(phase: Observation['phase']): Observation {
    const at = this.now().toISOString()
    return { phase, at, phases: [{ phase, at }] }
  }
}

export class ScriptedOperator extends JobStepOperator<object, object, Request, JobHandle, string> {
  static override readonly FLAVOR = 'scripted'
  override readonly capabilities: Capabilities
  readonly #service: ScriptedService

  constructor(service: ScriptedService, options: JobStepOperatorOptions) {
    super({}, options)
    this.#service = service
    this.capabilities = {
      image: 'none',
      adopt: true,
      logs: service.hasLogs,
      cancel: true,
      multiNode: false,
      resources: [],
    }
  }

  protected override createService(): ScriptedService {
    return this.#service
  }
}
