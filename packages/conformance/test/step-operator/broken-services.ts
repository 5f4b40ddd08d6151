import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type {
  BaseStepOperator,
  Capabilities,
  JobHandle,
  JobService,
  JobToPrepare,
  LaunchContext,
  Observation,
  ProviderLogPage,
  StepRunInfo,
  SubmitOptions,
} from '@sidestep/core'

import { checks as cancel } from '../../src/step-operator/topics/cancel.ts'
import { checks as capabilities } from '../../src/step-operator/topics/capabilities.ts'
import { checks as handles } from '../../src/step-operator/topics/handles.ts'
import { checks as refusals } from '../../src/step-operator/topics/refusals.ts'
import { checks as restarts } from '../../src/step-operator/topics/restarts.ts'
import { checks as secrets } from '../../src/step-operator/topics/secrets.ts'
import type { StepOperatorSubject } from '../../src/step-operator/subject.ts'
import type { Check } from '../../src/test-function.ts'
import { SoundOperator, type SoundConfig } from '../broken/sound-operator.ts'
import { SoundService, type SoundJob, type SoundRequest } from '../broken/sound-service.ts'

type OperatorClass = new (config: SoundConfig) => BaseStepOperator<any, any>

/** A step operator with one mistake, and what the suite must make of it. */
export interface Broken {
  readonly mistake: string
  readonly Operator: OperatorClass
  readonly checks: readonly Check<StepOperatorSubject>[]
  /** What the finding says. */
  readonly message: RegExp
}

/** The sound operator over another service. */
export function over(
  Service: new (folder: string) => SoundService,
  declared: Partial<Capabilities> = {},
): OperatorClass {
  return class extends SoundOperator {
    override readonly handedSecretSchemes = ['env']
    override readonly capabilities: Capabilities = { ...SOUND, ...declared }
    protected override createService(): JobService<object, SoundRequest, JobHandle> {
      return new Service(this.config.folder)
    }
  }
}

const SOUND: Capabilities = {
  image: 'none',
  adopt: true,
  logs: true,
  cancel: true,
  multiNode: false,
  resources: [],
}

class KillsAtOnce extends SoundService {
  override async cancel({ id }: JobHandle): Promise<void> {
    const job = this.jobs.get(id)
    if (job === undefined) return
    job.stopping = true
    job.child.kill('SIGKILL')
  }
}

class RefusesToCancelEnded extends SoundService {
  override async cancel(handle: JobHandle): Promise<void> {
    if (this.jobs.get(handle.id)?.child.exitCode !== null)
      throw new Error('ValidationException: the job is not running')
    await super.cancel(handle)
  }
}

class WhoeverAskedHasStoppedIt extends SoundService {
  protected override stateOf(job: SoundJob): Omit<Observation, 'at'> {
    const state = super.stateOf(job)
    return job.stopping && state.phase !== 'stopping' ? { phase: 'stopped' } : state
  }
}

class HearsNoAbort extends SoundOperator {
  override async launch(info: StepRunInfo, command: readonly string[], context: LaunchContext): Promise<void> {
    await super.launch(info, command, { ...context, signal: new AbortController().signal })
  }
}

class KnowsItsOwn extends SoundService {
  readonly #own = new Set<string>()
  override async submit(request: SoundRequest, options: SubmitOptions): Promise<JobHandle> {
    const handle = await super.submit(request, options)
    this.#own.add(handle.id)
    return handle
  }
  override async observe(asked: readonly JobHandle[]): Promise<ReadonlyMap<string, Observation>> {
    return super.observe(asked.filter(({ id }) => this.#own.has(id)))
  }
}

class AnswersForOne extends SoundService {
  override async observe(asked: readonly JobHandle[]): Promise<ReadonlyMap<string, Observation>> {
    return super.observe(asked.slice(0, 1))
  }
}

class HandlesHaveDates extends SoundService {
  override async submit(request: SoundRequest, options: SubmitOptions): Promise<JobHandle> {
    const handle = await super.submit(request, options)
    return { ...handle, createdAt: undefined } as JobHandle
  }
  override async *find(): AsyncGenerator<never> {}
}

class RepeatsLines extends SoundService {
  override async logs(handle: JobHandle, cursor: string | undefined): Promise<ProviderLogPage> {
    // As by a time that several lines have.
    const page = await super.logs(handle, cursor)
    return page.lines.length === 0 ? page : { ...page, cursor: String(Math.max(Number(page.cursor) - 1, 0)) }
  }
}

class OneReader extends SoundService {
  readonly #at = new Map<string, string>()
  override async logs(handle: JobHandle): Promise<ProviderLogPage> {
    const page = await super.logs(handle, this.#at.get(handle.id))
    this.#at.set(handle.id, page.cursor)
    return page
  }
}

class WritesSecrets extends SoundService {
  protected override async start(id: string, request: SoundRequest, options: SubmitOptions): Promise<SoundJob> {
    const job = await super.start(id, request, options)
    const lines = Object.entries(options.secrets).map(([name, value]) => `${name}=${value}\n`)
    await writeFile(join(this.folder, id, '.env'), lines.join(''))
    return job
  }
}

class TellsSecrets extends SoundService {
  override async submit(request: SoundRequest, options: SubmitOptions): Promise<JobHandle> {
    const handle = await super.submit(request, options)
    return { ...handle, consoleUrl: `https://console/?auth=${options.secrets['CONFORMANCE_TOKEN']?.slice(0, 24)}` }
  }
}

class SecretsHaveOneLine extends SoundService {
  protected override async start(id: string, request: SoundRequest, options: SubmitOptions): Promise<SoundJob> {
    const secrets = Object.fromEntries(
      Object.entries(options.secrets).map(([name, value]) => [name, value.split('\n')[0] ?? '']),
    )
    return super.start(id, request, { ...options, secrets })
  }
}

class Impure extends SoundService {
  #n = 0
  override prepare(job: JobToPrepare<object, undefined>): SoundRequest {
    this.#n += 1
    return { ...super.prepare(job), environment: { ...job.environment, N: String(this.#n) } }
  }
}

/** Starts a job again whose process was killed, as some providers do. */
export class StartsAgain extends SoundService {
  protected override async start(id: string, request: SoundRequest, options: SubmitOptions): Promise<SoundJob> {
    const known = this.jobs.has(id)
    const job = await super.start(id, request, options)
    if (!known) void this.#restart(job, { id, request, options })
    return job
  }

  async #restart(
    job: SoundJob,
    call: { readonly id: string; readonly request: SoundRequest; readonly options: SubmitOptions },
  ): Promise<void> {
    const [, signal] = (await once(job.child, 'exit')) as [number | null, string | null]
    if (signal !== 'SIGKILL' || job.stopping) return
    this.jobs.delete(call.id)
    await super.start(call.id, call.request, call.options)
  }

  protected override stateOf(job: SoundJob): Omit<Observation, 'at'> {
    const state = super.stateOf(job)
    return job.child.signalCode === 'SIGKILL' && !job.stopping ? { phase: 'running' } : state
  }
}

class BlamesTheStep extends SoundService {
  protected override stateOf(job: SoundJob): Omit<Observation, 'at'> {
    const state = super.stateOf(job)
    return state.phase === 'failed' ? { ...state, kind: 'step' } : state
  }
}

class TakesAnySettings extends SoundOperator {
  static override readonly SETTINGS_SCHEMA = {
    '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) },
  } as const
}

/** Every one has one mistake. */
export const BROKEN: readonly Broken[] = [
  { mistake: 'launch() hears of no abort that was', Operator: HearsNoAbort, checks: cancel, message: /throwIfAborted/ },
  { mistake: 'a job that is to stop is killed', Operator: over(KillsAtOnce), checks: cancel, message: /Send SIGTERM/ },
  {
    mistake: 'a job that has ended cannot be cancelled',
    Operator: over(RefusesToCancelEnded),
    checks: cancel,
    message: /already ended is success/,
  },
  {
    mistake: 'a job counts as stopped because somebody asked',
    Operator: over(WhoeverAskedHasStoppedIt),
    checks: cancel,
    message: /stays as it ended/,
  },
  { mistake: 'jobs are kept in memory', Operator: over(KnowsItsOwn), checks: handles, message: /by its handle alone/ },
  { mistake: 'one job is answered for', Operator: over(AnswersForOne), checks: handles, message: /in one call/ },
  { mistake: 'handles are no JSON', Operator: over(HandlesHaveDates), checks: handles, message: /plain JSON/ },
  { mistake: 'lines come twice', Operator: over(RepeatsLines), checks: handles, message: /once and in order/ },
  {
    mistake: 'the service knows where it has read',
    Operator: over(OneReader),
    checks: handles,
    message: /cursor alone/,
  },
  {
    mistake: 'secrets are in a file',
    Operator: over(WritesSecrets),
    checks: secrets,
    message: /stands in the file .*\.env/,
  },
  {
    mistake: 'a secret is in the handle',
    Operator: over(TellsSecrets),
    checks: secrets,
    message: /a secret of a step stands/,
  },
  {
    mistake: 'secrets have one line',
    Operator: over(SecretsHaveOneLine),
    checks: secrets,
    message: /quotes and line ends/,
  },
  {
    mistake: 'prepare() reads the world',
    Operator: over(Impure),
    checks: capabilities,
    message: /prepare\(\) is pure/,
  },
  {
    mistake: 'an image is said to be needed',
    Operator: over(SoundService, { image: 'required' }),
    checks: capabilities,
    message: /has problems/,
  },
  {
    mistake: 'memory is declared and ignored',
    Operator: over(SoundService, { resources: ['memory'] }),
    checks: capabilities,
    message: /changes the request, or is refused/,
  },
  {
    mistake: 'several machines are declared',
    Operator: over(SoundService, { multiNode: true }),
    checks: capabilities,
    message: /ran on 1 machines/,
  },
  {
    mistake: 'any memory is taken',
    Operator: over(SoundService, { resources: ['memory'] }),
    checks: refusals,
    message: /Compare resources\.memory/,
  },
  { mistake: 'any settings are taken', Operator: TakesAnySettings, checks: refusals, message: /a strict one/ },
  {
    mistake: 'that a process was killed is the fault of the step',
    Operator: over(BlamesTheStep),
    checks: restarts,
    message: /not the fault of the step/,
  },
]
