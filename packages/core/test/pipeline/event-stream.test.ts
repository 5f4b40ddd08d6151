import { expect, test } from 'vitest'

import { EventStream } from '../../src/pipeline/event-stream.ts'
import type { RunEvent } from '../../src/pipeline/run-events.ts'
import { FakeClock, settle } from '../support/fake-clock.ts'

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

const going = new AbortController().signal

async function publish(stream: EventStream, lines: number, ended: AbortSignal = going): Promise<void> {
  for (let n = 0; n < lines; n += 1) await stream.publishLog(log(String(n)), ended)
}

async function collect(events: AsyncIterable<RunEvent>): Promise<string[]> {
  const seen: string[] = []
  for await (const event of events) seen.push(event.type === 'warning' ? event.message : event.type)
  return seen
}

test('every reader gets everything from the beginning, log lines only from then on', async () => {
  const stream = new EventStream()
  const early = collect(stream.read())
  stream.publish(warning('one'))
  await stream.publishLog(log('x'), going)
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
      await stream.publishLog(log(String(n)), going)
      published += 1
    }
  })()
  await settle()
  expect(published).toBeLessThan(1_100)
  await reader.return?.()
  await publishing
  expect(published).toBe(5_000)
})

test('several followers of logs wait for one slow reader, and all go on', async () => {
  const stream = new EventStream()
  const seen: string[] = []
  const reading = (async () => {
    for await (const event of stream.read()) {
      if (event.type === 'log') seen.push(event.text)
      if (seen.length % 100 === 0) await settle()
    }
  })()
  await settle()
  await Promise.all([publish(stream, 5_000), publish(stream, 5_000), publish(stream, 5_000)])
  stream.close()
  await reading
  expect(seen).toHaveLength(15_000)
})

test('who has not begun to read holds nothing up, and loses log lines only', async () => {
  const stream = new EventStream()
  const events = stream.read()
  await publish(stream, 5_000)
  stream.publish(warning('last'))
  stream.close()
  const seen = await collect(events)
  expect(seen.at(-1)).toBe('last')
  expect(seen.length).toBeGreaterThan(1_000)
  expect(seen.length).toBeLessThan(1_100)
})

test('who stops reading without leaving is waited for while the log goes on, and not for long after its end', async () => {
  const clock = new FakeClock()
  const stream = new EventStream({ clock })
  const events = stream.read()
  const first = events.next()
  stream.publish(warning('first'))
  await first
  const ended = new AbortController()
  let published = false
  const publishing = publish(stream, 5_000, ended.signal).then(() => (published = true))
  await clock.advance(3_600_000)
  expect(published).toBe(false)
  ended.abort()
  await clock.advance(4_000)
  expect(published).toBe(false)
  // It takes one: it is alive, and gets its time again.
  await events.next()
  await clock.advance(4_000)
  expect(published).toBe(false)
  await clock.advance(10_000)
  expect(published).toBe(true)
  await publishing
  stream.close()
  expect(await collect(events)).toContainEqual(expect.stringContaining('stopped reading'))
})

test('what follows a log begins when somebody reads, once, or not at all where it was taken back', async () => {
  const stream = new EventStream()
  const begun: string[] = []
  const takeBack = stream.onceRead(() => begun.push('taken back'))
  stream.onceRead(() => begun.push('first'))
  const asked = stream.read()
  await settle()
  expect(begun).toEqual([])
  takeBack()
  const next = asked.next()
  expect(begun).toEqual(['first'])
  stream.onceRead(() => begun.push('at once'))
  expect(begun).toEqual(['first', 'at once'])
  stream.publish(warning('one'))
  await next
  await asked.return?.()
  stream.onceRead(() => begun.push('nobody reads any more'))
  expect(begun).toEqual(['first', 'at once'])
})
