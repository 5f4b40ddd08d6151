import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { RunEvent } from '@sidestep/core'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { temporaryHome } from '../support/runs.ts'
import { until } from '../support/until.ts'
import { talk } from './fixtures/talk.ts'

let home: Awaited<ReturnType<typeof temporaryHome>>
beforeEach(async () => {
  home = await temporaryHome()
})
afterEach(async () => home.remove())

async function logOf(events: AsyncIterable<RunEvent>): Promise<string[]> {
  const lines: string[] = []
  for await (const event of events) if (event.type === 'log') lines.push(event.text.trim())
  return lines
}

test('events that nobody reads hold nothing up, and are there afterwards', async () => {
  const run = talk.start({})
  const events = run.events()
  expect(await run.result()).toBe('said')
  const types: string[] = []
  for await (const { type } of events) if (type !== 'log') types.push(type)
  expect(types.at(0)).toBe('run.started')
  expect(types.at(-1)).toBe('run.succeeded')
})

test('who begins to read while a job runs gets its whole log', async () => {
  const go = join(home.path, 'go')
  const run = talk.start({ until: go })
  await until('the first half of the log is in the store', async () => {
    const store = join(home.path, 'store')
    const names = existsSync(store) ? await readdir(store, { recursive: true }) : []
    return names.some((name) => name.endsWith('.jsonl'))
  })
  const reading = logOf(run.events())
  await writeFile(go, '')
  const lines = await reading
  await run.result()
  expect(lines).toHaveLength(6_000)
  expect([lines.at(0), lines.at(3_000), lines.at(-1)]).toEqual(['first 1', 'second 1', 'second 3000'])
})
