import type { Call } from './ground/call-log.ts'
import type { Clock } from './ground/clock.ts'
import type { Fault } from './ground/faults.ts'
import type { CallRate } from './ground/token-bucket.ts'

/** The providers that can be simulated. */
export const SIMULATORS = ['aws', 'gcp', 'azure'] as const
/** The name of one of them. */
export type SimulatorName = (typeof SIMULATORS)[number]

/** How a simulator is started. */
export interface SimulatorOptions {
  /** Default: any free one, on 127.0.0.1. */
  readonly port?: number
  /** Default: the machine's. A `ManualClock` of a test, or a `ScaledClock` for real processes. */
  readonly clock?: Clock
  /** What faults with a probability are decided by. Default: a new one, which `seed` of the simulator says. */
  readonly seed?: string
  /** Rates by `<service>.<operation>`, beside those that the provider documents. `false`: calls are not counted at all. */
  readonly rates?: Readonly<Record<string, CallRate>> | false
  /** How long after a change lists may still show what was before, in milliseconds. Default: 0, they show all at once. */
  readonly listDelayMs?: number
  /** Where objects lie, and what jobs leave. Default: a temporary folder that goes with the simulator. */
  readonly folder?: string
}

/** A provider that answers on one port of 127.0.0.1. */
export interface Simulator {
  readonly name: SimulatorName
  /** `http://127.0.0.1:41233`: the `endpoint` of every service. */
  readonly endpoint: string
  readonly clock: Clock
  readonly seed: string
  /** In the order they came. */
  readonly calls: readonly Call[]
  /** Forgets the calls until now. */
  clearCalls(): void
  /** Asks for faults, beside those that are left. */
  addFaults(...faults: readonly Fault[]): void
  /** Those that did not happen as often as asked. */
  readonly unmetFaults: readonly Fault[]
  /** Forgets the faults that are left. */
  clearFaults(): void
  /** Ends jobs and connections, frees the port. Rejects with an `UnmetFaultsError` where a fault that was asked for never happened. */
  close(): Promise<void>
  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts one. Rejects where the port is taken. */
export async function startSimulator(_name: SimulatorName, _options: SimulatorOptions = {}): Promise<Simulator> {
  throw new Error('not there yet')
}
