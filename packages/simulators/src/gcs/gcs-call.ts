import type { Exchange } from '../ground/exchange.ts'
import type { GcsRoute } from './route.ts'

/** One call, as its operation gets it. */
export interface GcsCall {
  readonly exchange: Exchange
  readonly route: GcsRoute
  readonly query: URLSearchParams
}
