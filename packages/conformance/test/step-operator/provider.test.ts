import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Stack, type JobHandle, type Observation, type ProviderLogPage } from '@sidestep/core'
import { afterEach, expect, test } from 'vitest'

import { stepOperatorConformance, type Place } from '../../src/index.ts'
import { checks as credentials } from '../../src/step-operator/topics/credentials.ts'
import { checks as handles } from '../../src/step-operator/topics/handles.ts'
import { caught, collected, type Collected } from '../broken/collected.ts'
import { endJobs, SoundService, type SoundJob } from '../broken/sound-service.ts'
import { SoundStore } from '../broken/sound-store.ts'
import { over } from './broken-services.ts'

/** How long a job waits before it is said to run. */
const QUEUE_MS = 400

/** How often the credentials of this provider have expired. */
let expired = 0
afterEach(async () => {
  expired = 0
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

function suiteOf(Service: new (folder: string) => SoundService): Collected {
  const Operator = over(Service)
  return collected((each) =>
    stepOperatorConformance({
      test: each,
      create: async ({ folder }: Place) => {
        const store = join(folder, 'store')
        await mkdir(store, { recursive: true })
        const artifactStore = new SoundStore({ folder: store })
        artifactStore.runtime = fileURLToPath(new URL('../broken/sound-runtime.ts', import.meta.url))
        const operator = new Operator({ folder: join(folder, 'jobs') })
        return new Stack({ name: 'here', artifactStore, stepOperators: { here: operator } })
      },
      states: { values: ['Queued', 'Running', 'Succeeded'], phaseOf: () => 'running' },
      expireCredentials: () => {
        expired += 1
      },
    }),
  )
}

const RENEWED = credentials[0]?.name ?? ''
const HANDLE = handles[0]?.name ?? ''

test(
  'an operator that renews its credentials passes, and one that keeps them is caught',
  {
    timeout: 120_000,
  },
  async () => {
    expect(await suiteOf(LogsIn).run(RENEWED)).toBeUndefined()
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
  },
)
