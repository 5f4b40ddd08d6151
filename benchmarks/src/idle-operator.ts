import {
  JobStepOperator,
  type Capabilities,
  type FoundJob,
  type JobHandle,
  type JobService,
  type Observation,
  type ProviderLogPage,
  type SubmitOptions,
} from '@sidestep/core'

const STARTED_AT = new Date().toISOString()

/** A provider whose jobs run for ever and take no memory: what is measured is what core holds for each of them. */
class IdleService implements JobService<object, object, JobHandle> {
  readonly scope = 'idle'
  readonly pollIntervalMs = { min: 1_000, max: 60_000 }
  readonly createTimeoutMs = 60_000
  readonly observed: Set<string> = new Set()
  #stopped = false

  facts = async (): Promise<undefined> => undefined
  prepare = (): object => ({})
  submit = async (_request: object, { labels }: SubmitOptions): Promise<JobHandle> => ({ id: labels.token })
  logs = async (): Promise<ProviderLogPage> => ({ lines: [], cursor: '', more: false })
  cancel = async (): Promise<void> => {
    this.#stopped = true
  }

  // oxlint-disable-next-line require-yield
  async *find(): AsyncGenerator<FoundJob<JobHandle>> {
    return
  }

  observe = async (handles: readonly JobHandle[]): Promise<ReadonlyMap<string, Observation>> => {
    const phase = this.#stopped ? 'stopped' : 'running'
    return new Map(
      handles.map(({ id }) => {
        this.observed.add(id)
        return [id, { phase, at: new Date().toISOString(), phases: [{ phase: 'running', at: STARTED_AT }] }]
      }),
    )
  }
}

/** A step operator over {@link IdleService}. */
export class IdleOperator extends JobStepOperator<object, object, object, JobHandle> {
  static override readonly FLAVOR: string = 'idle'
  override readonly capabilities: Capabilities = {
    image: 'none',
    adopt: true,
    logs: true,
    cancel: true,
    multiNode: false,
    resources: [],
  }
  readonly #idle = new IdleService()

  /** How many jobs were seen running. */
  get running(): number {
    return this.#idle.observed.size
  }

  protected override createService(): IdleService {
    return this.#idle
  }
}
