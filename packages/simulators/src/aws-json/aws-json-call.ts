import type { Exchange } from '../ground/exchange.ts'
import type { Signature } from './signature.ts'

/** The account that every simulated service of AWS belongs to. */
export const ACCOUNT_ID = '123456789012'

/** One request to an AWS service that speaks JSON: signed, read, and within the limits of its model. */
export interface AwsJsonCall<Request = Readonly<Record<string, unknown>>> {
  readonly exchange: Exchange
  /** What the body says: it keeps the limits of the operation's input. Members that are `null` in it are absent here. */
  readonly request: Request
  /** The region that the request was signed for. Names are unique in it. */
  readonly region: string
  readonly signature: Signature
}

/** Milliseconds since 1970 of a timestamp in a request: seconds since 1970, or a date as text. */
export function timestampMs(timestamp: number | string): number {
  return typeof timestamp === 'number' ? timestamp * 1000 : Date.parse(timestamp)
}

/** How an answer says a time: seconds since 1970, to the millisecond. */
export function epochSeconds(ms: number): number {
  return Math.round(ms) / 1000
}
