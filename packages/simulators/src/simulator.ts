import { ENVIRONMENTS } from './environments.ts'
import type { Call } from './ground/call-log.ts'
import type { Clock } from './ground/clock.ts'
import type { Fault } from './ground/faults.ts'
import { Ground } from './ground/ground.ts'
import type { GroundOptions } from './ground/ground-options.ts'
import type { Job } from './ground/job-log.ts'
import { PROVIDERS } from './providers.ts'
import { SIMULATORS, type SimulatorName } from './simulator-name.ts'

export { SIMULATORS, type SimulatorName } from './simulator-name.ts'

/** How a simulator is started. */
export type SimulatorOptions = GroundOptions

/** A provider that answers on one port of 127.0.0.1. */
export interface Simulator {
  readonly name: SimulatorName
  /** `http://127.0.0.1:41233`: the `endpoint` of every service. */
  readonly endpoint: string
  /** `127.0.0.1:41234`: the provider's container registry, a server of its own. Absent: it has none. */
  readonly registry?: string
  /** Its services, as faults and calls name them: `s3`. */
  readonly services: readonly string[]
  /** Variables that lead the provider's official SDKs here, with credentials that open nothing else. */
  readonly environment: Readonly<Record<string, string>>
  readonly clock: Clock
  readonly seed: string
  /** In the order they came. */
  readonly calls: readonly Call[]
  /** Forgets the calls until now. */
  clearCalls(): void
  /** In the order in which their creates were answered. Those of services of jobs: an object store has none. */
  readonly jobs: readonly Job[]
  /** Forgets the jobs until now. */
  clearJobs(): void
  /** Asks for faults, beside those that are left. Throws a `RangeError` for one that cannot be, or could never act here. */
  addFaults(...faults: readonly Fault[]): void
  /** Those that did not happen as often as asked. */
  readonly unmetFaults: readonly Fault[]
  /** Forgets the faults that are left. */
  clearFaults(): void
  /** How jobs run here: `jobs run in containers of Docker 20.10`. Starts what runs them; rejects where that cannot be. */
  describeJobs(): Promise<string>
  /**
   * Ends jobs and connections, frees the port. Rejects, after everything was closed, with an `UnmetFaultsError` where a fault that was asked
   * for did not happen as often; with an `AggregateError` where the simulator itself broke in a call; with what could not be ended. More
   * than one of them come in an `AggregateError`.
   */
  close(): Promise<void>
  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts one. Rejects where the port is taken, and with a `RangeError` for what cannot be. */
export async function startSimulator(name: SimulatorName, options: SimulatorOptions = {}): Promise<Simulator> {
  if (!SIMULATORS.includes(name)) {
    throw new RangeError(`there is no simulator ${String(name)}: it is one of ${SIMULATORS.join(', ')}`)
  }
  let registry: string | undefined
  const ground = await Ground.start(async (parts) => {
    const provider = await PROVIDERS[name](parts)
    registry = provider.registry
    return provider.services
  }, options)
  return {
    name,
    endpoint: ground.endpoint,
    ...(registry === undefined ? {} : { registry }),
    services: ground.services,
    environment: ENVIRONMENTS[name](ground.endpoint),
    clock: ground.clock,
    seed: ground.seed,
    calls: ground.calls,
    clearCalls: () => ground.clearCalls(),
    jobs: ground.jobs,
    clearJobs: () => ground.clearJobs(),
    addFaults: (...faults) => ground.addFaults(...faults),
    get unmetFaults() {
      return ground.unmetFaults
    },
    clearFaults: () => ground.clearFaults(),
    describeJobs: async () => ground.describeJobs(),
    close: async () => ground.close(),
    [Symbol.asyncDispose]: async () => ground.close(),
  }
}
