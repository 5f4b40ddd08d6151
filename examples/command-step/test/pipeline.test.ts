import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import orders from '../src/pipeline.ts'

let home: string

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sidestep-orders-'))
  process.env['SIDESTEP_HOME'] = home
})

afterAll(async () => {
  delete process.env['SIDESTEP_HOME']
  await rm(home, { recursive: true, force: true })
})

test('adds orders up with a script in another language', { timeout: 60_000 }, async () => {
  const run = orders.start(undefined, { module: new URL('../src/pipeline.ts', import.meta.url).href })
  const log: string[] = []
  for await (const event of run.events()) if (event.type === 'log') log.push(event.text)

  expect(await run.result()).toEqual({
    NL: { orders: 4, total: 83.05 },
    DE: { orders: 3, total: 119.7 },
    FR: { orders: 3, total: 102 },
    PT: { orders: 2, total: 28 },
  })
  expect(log).toContain('read 12 orders')
})
