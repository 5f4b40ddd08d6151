import {
  SidestepError,
  type Capabilities,
  type FailureKind,
  type JobHandle,
  type Observation,
  type ProviderLogPage,
  type SubmitOptions,
} from '@sidestep/core'
import { afterEach, expect, test } from 'vitest'

import { stepOperatorConformance } from '../../src/index.ts'
import { checks as credentials } from '../../src/step-operator/topics/credentials.ts'
import { checks as handles } from '../../src/step-operator/topics/handles.ts'
import { PROVOKED, type ProvokedKind } from '../../src/step-operator/provoked.ts'
import { checks as provoked } from '../../src/step-operator/topics/provoked.ts'
import { caught, collected, type Collected } from '../broken/collected.ts'
import { over } from '../broken/over.ts'
import { endJobs, SoundService, type SoundJob, type SoundRequest } from '../broken/sound-service.ts'
import { stackWith } from '../broken/stack-with.ts'

/** How long a job waits before it is said to run. */
const QUEUE_MS = 400

/** How often the credentials of this provider have expired. */
let expired = 0
afterEach(async () => {
  expired = 0
  next = undefined
  await endJobs()
})

/** Asks nothing without credentials that are valid. */
class LogsIn extends SoundService {
  /** Those that it has. */
  protected credentials(): number {
    return expired
  }

  override async observe(asked: readonly JobHandle[]): Promise<ReadonlyMap<string, Observation>> {
    this.#check()
    return super.observe(asked)
  }
  override async logs(handle: JobHandle, cursor: string | undefined): Promise<ProviderLogPage> {
    this.#check()
    return super.logs(handle, cursor)
  }
  override async cancel(handle: JobHandle): Promise<void> {
    this.#check()
    await super.cancel(handle)
  }

  #check(): void {
    if (this.credentials() < expired) throw new Error('ExpiredToken: the security token has expired')
  }
}

class LogsInWithoutLogs extends LogsIn {
  override async logs(): Promise<ProviderLogPage> {
    throw new Error('this provider has no logs')
  }
}

/** Logs in once. */
class KeepsItsToken extends LogsIn {
  readonly #first = expired
  protected override credentials(): number {
    return this.#first
  }
}

/** Its jobs wait for a while. */
class Waits extends SoundService {
  protected readonly word: string = 'Queued: no capacity in this zone'
  readonly #since = new WeakMap<SoundJob, number>()
  /** As some logs do: a page without lines, and more behind it. */
  override async logs(handle: JobHandle, cursor: string | undefined): Promise<ProviderLogPage> {
    return cursor === undefined ? { lines: [], cursor: '0', more: true } : super.logs(handle, cursor)
  }
  protected override stateOf(job: SoundJob): Omit<Observation, 'at'> {
    const since = this.#since.get(job) ?? performance.now()
    this.#since.set(job, since)
    const state = super.stateOf(job)
    const waits = state.phase === 'running' && performance.now() - since < QUEUE_MS
    return waits ? { phase: 'queued', providerState: this.word } : state
  }
}

class WaitsInSilence extends Waits {
  protected override readonly word: string = ''
}

/** Says of a job that runs what the table takes for an end. */
class HasTwoTables extends Waits {
  protected override stateOf(job: SoundJob): Omit<Observation, 'at'> {
    const state = super.stateOf(job)
    return state.phase === 'running' ? { ...state, providerState: 'Succeeded/Finalizing' } : state
  }
}

/** What this provider does to the next job. */
let next: ProvokedKind | undefined

/** Its provider refuses jobs, and ends them. */
class Refuses extends SoundService {
  readonly #ends = new WeakMap<SoundJob, 'preempted' | 'oom'>()

  override async submit(request: SoundRequest, options: SubmitOptions): Promise<JobHandle> {
    const kind = next
    next = undefined
    if (kind === 'quota' || kind === 'capacity' || kind === 'auth') throw this.refusal(kind)
    const handle = await super.submit(request, options)
    const job = this.jobs.get(handle.id)
    if (kind !== undefined && job !== undefined) {
      this.#ends.set(job, kind)
      setTimeout(() => job.child.kill('SIGKILL'), 700)
    }
    return handle
  }
  /** What is made of the answer of the provider. */
  protected refusal(kind: FailureKind): Error {
    return new SidestepError(`the provider refuses it: ${kind}`, { code: 'LAUNCH_FAILED', kind })
  }
  protected override stateOf(job: SoundJob): Omit<Observation, 'at'> {
    const [state, kind] = [super.stateOf(job), this.#ends.get(job)]
    return state.phase === 'failed' && kind !== undefined ? { ...state, kind } : state
  }
}

/** Calls every refusal one of its quota. */
class KnowsQuotasAlone extends Refuses {
  protected override refusal(): Error {
    return super.refusal('quota')
  }
}

function suiteOf(
  Service: new (folder: string) => SoundService,
  declared: Partial<Capabilities> = {},
  kinds: readonly ProvokedKind[] = PROVOKED,
): Collected {
  const Operator = over(Service, declared)
  return collected((each) =>
    stepOperatorConformance({
      test: each,
      create: stackWith(Operator),
      otherSettings: 'none',
      states: {
        values: ['Queued', 'Running', 'Succeeded'],
        phaseOf: (value) => (value === 'Succeeded' ? 'succeeded' : 'running'),
        ends: ['Succeeded'],
        successes: ['Succeeded'],
      },
      provoke: Object.fromEntries(kinds.map((kind) => [kind, () => void (next = kind)])),
      expireCredentials: () => {
        expired += 1
      },
    }),
  )
}

const RENEWED = credentials[0]?.name ?? ''
const HANDLE = handles[0]?.name ?? ''
const BEFALLS = provoked[0]?.name ?? ''

test(
  'an operator that renews its credentials passes, and one that keeps them is caught',
  {
    timeout: 120_000,
  },
  async () => {
    // One without logs is not asked for any.
    expect(await suiteOf(LogsInWithoutLogs, { logs: false }).run(RENEWED)).toBeUndefined()
    expect(await caught(suiteOf(KeepsItsToken), RENEWED)).toMatch(
      /observe\(\) .* rejected 2 times.*ExpiredToken[^]*source/,
    )
  },
)

test(
  'an operator that says what a job waits for passes, and one that does not is caught',
  {
    timeout: 120_000,
  },
  async () => {
    expect(await suiteOf(Waits).run(HANDLE)).toBeUndefined()
    expect(await caught(suiteOf(WaitsInSilence), HANDLE)).toMatch(/own word as `providerState`/)
    expect(await caught(suiteOf(HasTwoTables), HANDLE)).toMatch(/what is observed is what the table says/)
  },
)

test(
  'an operator that tells what its provider does passes, and one that has one word for all is caught',
  {
    timeout: 120_000,
  },
  async () => {
    expect(await suiteOf(Refuses, {}, ['auth', 'preempted']).run(BEFALLS)).toBeUndefined()
    expect(await caught(suiteOf(KnowsQuotasAlone, {}, ['capacity']), BEFALLS)).toMatch(
      /after `provoke.capacity`, the step failed with the kind quota[^]*SidestepError of the kind capacity/,
    )
    expect(await caught(suiteOf(SoundService, {}, ['oom']), BEFALLS)).toMatch(/the next job succeeded/)
  },
)
