import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { systemClock, type Clock, type ProviderLogPage } from '@sidestep/core'

import { clientConfig, type AwsLocation } from '../aws/client-config.ts'
import { keepProvenTime } from '../aws/proven-time.ts'
import { AwsCaller } from './aws-caller.ts'
import type { CallBudget } from './call-budget.ts'
import {
  placeAfter,
  readLogCursor,
  withoutToken,
  writeLogCursor,
  type LogEvent,
  type StreamPlace,
} from './log-cursor.ts'

/** Where SageMaker writes what training jobs print. */
const GROUP = '/aws/sagemaker/TrainingJobs'
/** The most that DescribeLogStreams gives at once. */
const STREAM_PAGE = 50

/** After so many pages in a row without a new event, there are none now: where each has another token, there would always be one more page. */
const MOST_EMPTY = 50

/** What was printed by one machine. */
interface StreamPage {
  readonly stream: string
  readonly events: readonly LogEvent[]
  readonly place: StreamPlace
  readonly more: boolean
}

/** The logs of jobs in CloudWatch: one stream for each machine. Each method rejects with a `SidestepError`. */
export class TrainingLogs {
  readonly #caller: AwsCaller<CloudWatchLogsClient>

  constructor(location: AwsLocation, budget: CallBudget, clock: Clock = systemClock) {
    this.#caller = new AwsCaller<CloudWatchLogsClient>({
      service: 'CloudWatch Logs',
      budget,
      clock,
      connect: async () => {
        const [{ CloudWatchLogsClient: Client }, config] = await Promise.all([sdk(), clientConfig(location)])
        const client = new Client({ ...config, maxAttempts: 1 })
        keepProvenTime(client)
        return client
      },
    })
  }

  /**
   * What follows on `cursor`, of all machines, in the order of its times as far as one page goes. Of a job that has printed nothing
   * yet there are no streams, and of an account without any such job not even the group: that is an empty log.
   */
  async page(
    job: { readonly id: string; readonly instanceCount: number },
    cursor: string | undefined,
    signal: AbortSignal,
  ): Promise<ProviderLogPage> {
    const places = new Map(readLogCursor(cursor))
    for (const stream of await this.#streams(job.id, signal)) if (!places.has(stream)) places.set(stream, {})
    const pages: StreamPage[] = []
    for (const [stream, place] of places) pages.push(await this.#streamPage(stream, place, signal))
    for (const { stream, place } of pages) places.set(stream, place)
    const lines = pages
      .flatMap(({ stream, events }) => events.map((event) => ({ ...event, stream })))
      .toSorted((one, other) => one.timestamp - other.timestamp)
      .flatMap(({ message, stream }) => linesOf(message, job.instanceCount > 1 ? machineOf(stream) : undefined))
    return { lines, cursor: writeLogCursor(places), more: pages.some(({ more }) => more) }
  }

  async #streams(jobName: string, signal: AbortSignal): Promise<readonly string[]> {
    const found: string[] = []
    const asked = new Set<string>()
    let next: string | undefined
    do {
      if (next !== undefined) asked.add(next)
      const input = {
        logGroupName: GROUP,
        logStreamNamePrefix: `${jobName}/`,
        limit: STREAM_PAGE,
        ...(next === undefined ? {} : { nextToken: next }),
      }
      const output = await this.#call<{
        readonly logStreams?: readonly ({ readonly logStreamName?: string } | null)[]
        readonly nextToken?: string
      }>(async () => new (await sdk()).DescribeLogStreamsCommand(input), 'DescribeLogStreams', signal)
      if (output === undefined) break
      found.push(...(output.logStreams ?? []).flatMap((stream) => stream?.logStreamName ?? []))
      next = output.nextToken
      // Whoever took a page for the next one that had been there before would go round for ever.
    } while (typeof next === 'string' && next !== '' && !asked.has(next))
    return found
  }

  async #streamPage(stream: string, place: StreamPlace, signal: AbortSignal): Promise<StreamPage> {
    const { token, since } = place
    const input = {
      logGroupName: GROUP,
      logStreamName: stream,
      startFromHead: true,
      ...(token === undefined ? {} : { nextToken: token }),
      ...(token === undefined && since !== undefined ? { startTime: since } : {}),
    }
    // Without a token it is something else that CloudWatch does not take, and will not take the next time.
    const isRefused = (error: unknown): boolean => token !== undefined && isTokenRefused(error)
    const output = await this.#call<{
      readonly events?: readonly ({ readonly timestamp?: number; readonly message?: string } | null)[]
      readonly nextForwardToken?: string
    }>(async () => new (await sdk()).GetLogEventsCommand(input), 'GetLogEvents', signal, isRefused)
    if (output === undefined) return { stream, events: [], place, more: false }
    // A token is good for 24 hours: from then on, the place is told by times.
    if (output === 'refused') {
      return { stream, events: [], place: withoutToken(place), more: true }
    }
    const events = (output.events ?? []).flatMap((event) => {
      const { timestamp = 0, message } = event ?? {}
      return typeof message === 'string' ? [{ timestamp, message }] : []
    })
    const next = output.nextForwardToken
    const { fresh, place: after } = placeAfter(place, events, next)
    return {
      stream,
      events: fresh,
      place: after,
      more: next !== undefined && next !== token && (after.empty ?? 0) < MOST_EMPTY,
    }
  }

  /** `undefined` where there is no such group or stream (yet). */
  async #call<Output>(
    command: () => Promise<object>,
    operation: 'DescribeLogStreams' | 'GetLogEvents',
    signal: AbortSignal,
  ): Promise<Output | undefined>
  async #call<Output>(
    command: () => Promise<object>,
    operation: 'DescribeLogStreams' | 'GetLogEvents',
    signal: AbortSignal,
    isRefused: (error: unknown) => boolean,
  ): Promise<Output | 'refused' | undefined>
  async #call<Output>(
    command: () => Promise<object>,
    operation: 'DescribeLogStreams' | 'GetLogEvents',
    signal: AbortSignal,
    isRefused: (error: unknown) => boolean = () => false,
  ): Promise<Output | 'refused' | undefined> {
    const expects = (error: unknown): boolean => isMissing(error) || isRefused(error)
    try {
      return (await this.#caller.call<Output>(command, { operation, signal, repeatable: true, expects })).output
    } catch (error) {
      if (isMissing(error)) return undefined
      if (isRefused(error)) return 'refused'
      throw error
    }
  }
}

function isMissing(error: unknown): boolean {
  return nameOf(error) === 'ResourceNotFoundException'
}

function isTokenRefused(error: unknown): boolean {
  return nameOf(error) === 'InvalidParameterException'
}

function nameOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'name' in error ? error.name : undefined
}

/** An event may be several lines; of several machines, each line says whose it is. */
function linesOf(message: string, machine: string | undefined): readonly string[] {
  const lines = message.replace(/\r?\n$/, '').split(/\r?\n/)
  return machine === undefined ? lines : lines.map((line) => `[${machine}] ${line}`)
}

/** `algo-2` of `job/algo-2-1712345678`. */
function machineOf(stream: string): string {
  return /\/(algo-\d+)(?:-|$)/.exec(stream)?.[1] ?? stream
}

/** Imported with the first call. */
async function sdk(): Promise<typeof import('@aws-sdk/client-cloudwatch-logs')> {
  return import('@aws-sdk/client-cloudwatch-logs')
}
