import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { afterEach, beforeEach, expect } from 'vitest'

import { LogStore } from '../../src/cloudwatch-logs/log-store.ts'
import { logsService } from '../../src/cloudwatch-logs/logs-service.ts'
import { Ground } from '../../src/ground/ground.ts'
import { ManualClock } from '../../src/ground/manual-clock.ts'

export const GROUP = '/aws/sagemaker/TrainingJobs'

/** The service on its own, with a store that a test writes into. New for each test. */
export interface Logs {
  readonly ground: Ground
  readonly clock: ManualClock
  readonly client: CloudWatchLogsClient
  /** Each line a millisecond after the one before. */
  write(stream: string, ...lines: readonly string[]): Promise<void>
  /** In the same millisecond. */
  writeAtOnce(stream: string, ...lines: readonly string[]): void
  advance(ms: number): Promise<void>
}

export function logs({ delayMs = 0 }: { readonly delayMs?: number } = {}): Logs {
  let clock = new ManualClock(Date.now())
  let store: LogStore | undefined
  let ground: Ground | undefined
  let client: CloudWatchLogsClient | undefined
  const follow = (): void => {
    if (client !== undefined) client.config.systemClockOffset = clock.now() - Date.now()
  }
  const advance = async (ms: number): Promise<void> => {
    await clock.advance(ms)
    follow()
  }
  const started = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('the simulator has not started yet')
    return value
  }
  beforeEach(async () => {
    clock = new ManualClock(Date.now())
    store = new LogStore({ clock, delayMs })
    const state = { logs: store, clock }
    ground = await Ground.start(() => [logsService(state)], { clock })
    client = new CloudWatchLogsClient({
      endpoint: ground.endpoint,
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    })
  })
  afterEach(async () => {
    client?.destroy()
    expect(started(ground).calls.filter(({ failure }) => failure !== undefined)).toEqual([])
    await ground?.close()
  })
  const append = (stream: string, line: string): void => started(store).append('us-east-1', GROUP, stream, line)
  return {
    get ground() {
      return started(ground)
    },
    get clock() {
      return clock
    },
    get client() {
      return started(client)
    },
    write: async (stream, ...lines) => {
      for (const line of lines) {
        append(stream, line)
        await advance(1)
      }
    },
    writeAtOnce: (stream, ...lines) => {
      for (const line of lines) append(stream, line)
    },
    advance,
  }
}
