import { expect, test } from 'vitest'

import { EventStream } from '../../src/pipeline/event-stream.ts'
import type { RunEvent } from '../../src/pipeline/run-events.ts'
import { settle } from '../support/fake-clock.ts'

const warning = (message: string): RunEvent => ({ type: 'warning', at: '', message })
const log = (text: string): Extract<RunEvent, { type: 'log' }> => ({
  type: 'log',
  at: '',
  stepRunId: 's',
  stepName: 's',
  attempt: 1,
  stream: 'stdout',
  text,
})

async function collect(events: AsyncIterable<RunEvent>): Promise<string[]> {
  const seen: string[] = []
  for await (const event of events) seen.push(event.type === 'warning' ? event.message : event.type)
  return seen
}

test('every reader gets everything from the beginning, log lines only from then on', async () => {
  const stream = new EventStream()
  const early = collect(stream.read())
  stream.publish(warning('one'))
  await stream.publishLog(log('x'))
  const late = collect(stream.read())
  stream.publish(warning('two'))
  stream.close()
  expect(await early).toEqual(['one', 'log', 'two'])
  expect(await late).toEqual(['one', 'two'])
  expect(await collect(stream.read())).toEqual(['one', 'two'])
})

test('a slow reader holds up whoever publishes a log, and lets go when it leaves', async () => {
  const stream = new EventStream()
  const reader = stream.read()
  await Promise.all([reader.next(), Promise.resolve(stream.publish(warning('first')))])
  let published = 0
  const publishing = (async () => {
    for (let n = 0; n < 5_000; n += 1) {
      await stream.publishLog(log(String(n)))
      published += 1
    }
  })()
  await settle()
  expect(published).toBeLessThan(1_100)
  await reader.return?.()
  await publishing
  expect(published).toBe(5_000)
})
