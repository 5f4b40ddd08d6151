import type { Clock } from './clock.ts'
import type { Service } from './service.ts'
import { TokenBucket, type CallRate } from './token-bucket.ts'

/** Counts the calls of each operation against its rate. */
export class CallRates {
  readonly #buckets = new Map<string, TokenBucket>()

  /**
   * `rates`: by `<service>.<operation>`, instead of what the services document; `<service>.*` is for all others of the service together.
   * `false`: nothing is counted. Throws a `RangeError` for a rate that cannot be, and for a service that is not there.
   */
  constructor(services: readonly Service[], rates: Readonly<Record<string, CallRate>> | false, clock: Clock) {
    if (rates === false) return
    for (const { name, rates: documented = {} } of services) {
      for (const [operation, rate] of Object.entries(documented)) this.#add(`${name}.${operation}`, rate, clock)
    }
    for (const [operation, rate] of Object.entries(rates)) {
      if (!services.some(({ name }) => operation.startsWith(`${name}.`))) {
        throw new RangeError(`there is no service for the rate of ${operation}: it is by <service>.<operation>`)
      }
      this.#add(operation, rate, clock)
    }
  }

  /** True where the call has to wait for its turn, and so is refused. */
  refuses(service: string, operation: string): boolean {
    const bucket = this.#buckets.get(`${service}.${operation}`) ?? this.#buckets.get(`${service}.*`)
    return bucket !== undefined && bucket.take() > 0
  }

  #add(operation: string, rate: CallRate, clock: Clock): void {
    this.#buckets.set(operation, new TokenBucket(rate, clock))
  }
}
