import { createHash } from 'node:crypto'

import {
  DEFAULT_DELAY_MS,
  MAX_STALE_MS,
  type CallFaultKind,
  type Fault,
  type JobFaultKind,
  type UnmetFault,
} from './faults.ts'
import { checkKeys } from './known-keys.ts'

/** Kinds by whom they meet. `instead`: of the operation, so that a call meets one of them at most. */
const KINDS: Readonly<Record<CallFaultKind | JobFaultKind, 'instead' | 'beside' | 'job'>> = {
  throttle: 'instead',
  'server-error': 'instead',
  'reset-before': 'instead',
  'expired-token': 'instead',
  capacity: 'instead',
  slow: 'beside',
  'reset-after': 'beside',
  'delayed-effect': 'beside',
  'stale-list': 'beside',
  conflict: 'beside',
  'clock-off': 'beside',
  stuck: 'job',
  interruption: 'job',
  oom: 'job',
  'no-capacity': 'job',
  'log-gap': 'job',
}

const KEYS: Readonly<Record<keyof Fault, true>> = {
  operation: true,
  kind: true,
  times: true,
  probability: true,
  after: true,
  delayMs: true,
  path: true,
}

const OPERATION = /^[^.\s]+\.[^\s]+$/

/** What a fault is asked about. */
export interface FaultSubject {
  /** `<service>.<operation>`. */
  readonly operation: string
  /** With the query. */
  readonly path: string
}

interface Entry {
  readonly fault: Fault
  readonly path: RegExp | undefined
  /** Which of all that were ever asked for. */
  readonly number: number
  readonly times: number
  /** How many that fit it has seen. */
  seen: number
  happened: number
}

/** Those that are left. One for each simulator. */
export class FaultPlan {
  readonly #seed: string
  #entries: Entry[] = []
  #count = 0

  /** The same seed makes the same choices for the same calls in the same order. */
  constructor(seed: string) {
    this.#seed = seed
  }

  /** Beside those that are there. Throws a `RangeError` for numbers that cannot be, and then adds none. */
  add(...faults: readonly Fault[]): void {
    for (const fault of faults) check(fault)
    for (const fault of faults) {
      // A sticky or global expression remembers where it was: each call is to be asked anew.
      const path = fault.path && new RegExp(fault.path.source, fault.path.flags.replaceAll(/[gy]/g, ''))
      this.#entries.push({ fault, path, number: this.#count, times: fault.times ?? 1, seen: 0, happened: 0 })
      this.#count += 1
    }
  }

  /** Those that this call meets now; they are used up by it. */
  take(call: FaultSubject): readonly Fault[] {
    let isReplaced = false
    return this.#take(call, ({ kind }) => {
      if (KINDS[kind] === 'job' || (KINDS[kind] === 'instead' && isReplaced)) return false
      return () => (isReplaced ||= KINDS[kind] === 'instead')
    })
  }

  /** Those that a job meets which this call creates; they are used up by it. A service asks once for each job that it creates. */
  takeForJob(create: FaultSubject): readonly Fault[] {
    return this.#take(create, ({ kind }) => KINDS[kind] === 'job' && (() => undefined))
  }

  /** For one that was taken and had no occasion to act: it is left again. */
  giveBack(fault: Fault): void {
    const entry = this.#entries.find((one) => one.fault === fault && one.happened > 0)
    if (entry !== undefined) entry.happened -= 1
  }

  /** Those that were asked for more often than they happened. */
  get unmet(): readonly UnmetFault[] {
    return this.#entries
      .filter(({ times, happened }) => (times === Infinity ? happened === 0 : happened < times))
      .map(({ fault, happened }) => ({ fault, happened }))
  }

  /** Forgets those that are left: they will not be missed. */
  clear(): void {
    this.#entries = []
  }

  /** `mayMeet`: false, or what is to be done once the fault is chosen. */
  #take({ operation, path }: FaultSubject, mayMeet: (fault: Fault) => false | (() => void)): readonly Fault[] {
    const any = `${operation.slice(0, operation.indexOf('.'))}.*`
    const taken: Fault[] = []
    for (const entry of this.#entries) {
      const { fault } = entry
      const fits = fault.operation === operation || fault.operation === any
      if (!fits || entry.happened >= entry.times || entry.path?.test(path) === false) continue
      const chosen = mayMeet(fault)
      if (chosen === false) continue
      entry.seen += 1
      if (entry.seen <= (fault.after ?? 0) || this.#draw(entry) >= (fault.probability ?? 1)) continue
      entry.happened += 1
      chosen()
      taken.push(fault)
    }
    return taken
  }

  /** From 0 to 1. Of the fault and its call alone: what other faults met changes nothing. */
  #draw({ number, seen }: Entry): number {
    return createHash('sha256').update(`${number} ${seen} ${this.#seed}`).digest().readUIntBE(0, 6) / 2 ** 48
  }
}

function check(fault: Fault): void {
  checkKeys(fault, Object.keys(KEYS), 'a fault')
  const { operation, kind, times = 1, probability = 1, after = 0, delayMs = DEFAULT_DELAY_MS } = fault
  const refuse = (what: string): never => {
    throw new RangeError(`a fault ${kind} of ${operation} cannot have ${what}`)
  }
  if (!OPERATION.test(operation)) refuse('this operation: it is <service>.<operation>, or <service>.*')
  if (!Object.hasOwn(KINDS, kind)) refuse(`this kind: it is one of ${Object.keys(KINDS).join(', ')}`)
  if (times !== Infinity && !(Number.isSafeInteger(times) && times >= 1)) refuse(`times ${times}`)
  if (!(probability > 0 && probability <= 1)) refuse(`probability ${probability}`)
  if (!(Number.isSafeInteger(after) && after >= 0)) refuse(`after ${after}`)
  if (!Number.isFinite(delayMs) || (delayMs < 0 && kind !== 'clock-off')) refuse(`delayMs ${delayMs}`)
  if (kind === 'stale-list' && delayMs > MAX_STALE_MS)
    refuse(`delayMs ${delayMs}: a list is ${MAX_STALE_MS} old at most`)
}
