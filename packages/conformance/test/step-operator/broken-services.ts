import { once } from 'node:events'
import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  configError,
  SidestepError,
  type BaseStepOperator,
  type JobHandle,
  type JobLabels,
  type JobService,
  type JobToPrepare,
  type LaunchContext,
  type Observation,
  type ProviderLogPage,
  type StepRunInfo,
  type SubmitOptions,
} from '@sidestep/core'

import { checks as cancel } from '../../src/step-operator/topics/cancel.ts'
import { checks as capabilities } from '../../src/step-operator/topics/capabilities.ts'
import { checks as handles } from '../../src/step-operator/topics/handles.ts'
import { checks as creates } from '../../src/step-operator/topics/creates.ts'
import { checks as launches } from '../../src/step-operator/topics/launches.ts'
import { checks as refusals } from '../../src/step-operator/topics/refusals.ts'
import { checks as restarts } from '../../src/step-operator/topics/restarts.ts'
import { checks as results } from '../../src/step-operator/topics/results.ts'
import { checks as secrets } from '../../src/step-operator/topics/secrets.ts'
import type { StepOperatorConformanceOptions } from '../../src/index.ts'
import type { StepOperatorSubject } from '../../src/step-operator/subject.ts'
import type { Check } from '../../src/test-function.ts'
import { over } from '../broken/over.ts'
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
  /** What the suite is told of it. Default: that there is nothing. */
  readonly given?: Pick<StepOperatorConformanceOptions, 'settings' | 'otherSettings'>
}

/** Of a strict schema with one setting, which is required. */
const MACHINES = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value: unknown) => {
      const { machine, ...others } = value as { readonly machine?: unknown }
      const [unknown] = Object.keys(others)
      if (unknown !== undefined) return { issues: [{ message: `no such setting: ${unknown}`, path: [unknown] }] }
      return typeof machine === 'string' ? { value } : { issues: [{ message: 'must be a text', path: ['machine'] }] }
    },
  },
} as const

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

/** As by `docker run --env-file`. */
class WritesSecretsForAMoment extends SoundService {
  protected override async start(id: string, request: SoundRequest, options: SubmitOptions): Promise<SoundJob> {
    const file = join(tmpdir(), `${id}.env`)
    await writeFile(file, Object.values(options.secrets).join('\n'))
    const job = await super.start(id, request, options)
    void once(job.child, 'exit').then(async () => rm(file, { force: true }))
    return job
  }
}

/** As in the user data of a machine. */
class EncodesSecrets extends SoundService {
  override async submit(request: SoundRequest, options: SubmitOptions): Promise<JobHandle> {
    const handle = await super.submit(request, options)
    const userData = Buffer.from(JSON.stringify({ Environment: options.secrets })).toString('base64')
    return { ...handle, userData } as JobHandle
  }
}

/** Compares memory with what there is, and hands none of it on. */
class BoundsMemory extends SoundService {
  override prepare(job: JobToPrepare<object, undefined>): SoundRequest {
    const { memory } = job.info.config.resourceSettings
    if (memory?.endsWith('TiB') === true) throw configError('RESOURCES_UNAVAILABLE', `there is no memory of ${memory}`)
    return super.prepare(job)
  }
}

/** A second create makes a second job, as it says, and both have the nonce of the first. */
class OneNonceForAll extends SoundService {
  readonly secondCreateAfterMs: number = 300
  readonly #nonces = new Map<string, string>()
  protected override idOf({ token }: JobLabels): string {
    return `${token}-${randomUUID()}`
  }
  protected override nonceOf({ labels, nonce }: SubmitOptions): string {
    const first = this.#nonces.get(labels.token) ?? nonce
    this.#nonces.set(labels.token, first)
    return first
  }
}

/** The same, with the nonce of each create. */
export class MakesTwo extends OneNonceForAll {
  protected override nonceOf({ nonce }: SubmitOptions): string {
    return nonce
  }
}

/** Its jobs can be found by their names for as long as they go on. */
class ForgetsWhatHasEnded extends SoundService {
  override async submit(request: SoundRequest, options: SubmitOptions): Promise<JobHandle> {
    const id = this.idOf(options.labels)
    const there = this.jobs.get(id)
    if (there === undefined || there.child.exitCode === null) return super.submit(request, options)
    return (await this.start(`${id}-${randomUUID()}`, request, options)).handle
  }
}

/** Leaves jobs that are to be asked. */
class AsksNobody extends SoundOperator {
  override async launch(info: StepRunInfo, command: readonly string[], context: LaunchContext): Promise<void> {
    const { config } = info
    const { onAbort } = config.cancel
    const cancel = onAbort === 'cancel' ? { ...config.cancel, onAbort: 'detach' as const } : config.cancel
    await super.launch({ ...info, config: { ...config, cancel } }, command, context)
  }
}

/** A provider that can stop nothing. */
export class CannotStop extends SoundService {
  override async cancel(): Promise<void> {
    throw new SidestepError('this provider cannot stop jobs', { code: 'LAUNCH_FAILED', kind: 'config' })
  }
}

/** Takes a setting, and hands it on to nobody. */
class IgnoresItsSetting extends SoundOperator {
  static override readonly SETTINGS_SCHEMA = MACHINES
}

/** Cannot do without a setting, and hands it on. */
export class NeedsASetting extends SoundOperator {
  static override readonly SETTINGS_SCHEMA = MACHINES
  protected override createService(): JobService<object, SoundRequest, JobHandle> {
    return new HasMachines(this.config.folder)
  }
}

class HasMachines extends SoundService {
  override prepare(job: JobToPrepare<object, undefined>): SoundRequest {
    const { machine } = job.settings as { readonly machine: string }
    return { ...super.prepare(job), machine } as SoundRequest
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
    // On another machine: nothing of what the first start has written is there.
    await rm(join(this.folder, call.id), { recursive: true, maxRetries: 5 })
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
    message: /stood in the file .*\.env/,
  },
  {
    mistake: 'a secret is in the handle',
    Operator: over(TellsSecrets),
    checks: secrets,
    message: /a secret of a step st(?:ands|ood)/,
  },
  {
    mistake: 'secrets are in a temporary file',
    Operator: over(WritesSecretsForAMoment),
    checks: secrets,
    message: /stood in the file .*temporary.*\.env while its job went on/,
  },
  {
    mistake: 'secrets are in base64, with what stands around them',
    Operator: over(EncodesSecrets),
    checks: secrets,
    message: /a secret of a step st(?:ands|ood)/,
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
    mistake: 'memory is declared, compared and ignored',
    Operator: over(BoundsMemory, { resources: ['memory'] }),
    checks: capabilities,
    message: /prepare\(\) makes the same request of memory: .*two different amounts are two requests/s,
  },
  {
    mistake: 'a setting is taken and ignored',
    Operator: IgnoresItsSetting,
    checks: capabilities,
    message: /with the setting machine: 'large', prepare\(\) makes the same request/,
    given: { settings: { machine: 'small' }, otherSettings: { machine: 'large' } },
  },
  {
    mistake: 'a required setting is not given',
    Operator: NeedsASetting,
    checks: results,
    message: /must be a text[^]*`settings` of stepOperatorConformance/,
  },
  {
    mistake: 'jobs end when they are told to, which is not declared',
    Operator: over(SoundService, { cancel: false }),
    checks: cancel,
    message: /Declare it: `cancel: true`/,
  },
  {
    mistake: 'jobs that are to be asked are left',
    Operator: AsksNobody,
    checks: cancel,
    message: /has not asked for the end of the job of listens-asked/,
  },
  {
    mistake: 'two jobs of an attempt have one nonce',
    Operator: over(OneNonceForAll),
    checks: creates,
    message: /began 2 times/,
  },
  {
    mistake: 'a job that has ended is forgotten',
    Operator: over(ForgetsWhatHasEnded),
    checks: [...launches, ...creates],
    message: /create that comes after its attempt was decided: find\(\) lists 2 jobs/,
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
