import { once } from 'node:events'
import { createInterface } from 'node:readline'

import { expect, test } from 'vitest'

import { launcherRecord } from './records.ts'
import { newHome, openJournal, start } from './support.ts'

test.each([10, 50, 130])(
  'a process that is killed after write %i leaves a journal that holds all that it was promised',
  { timeout: 60_000 },
  async (writes) => {
    const home = await newHome()
    const child = start('writes-intents.ts', [home, 'r1', '2000'])
    let last = 0
    createInterface({ input: child.stdout! }).on('line', (line) => {
      last = Number(line)
      if (last === writes) child.kill('SIGKILL')
    })
    const [, signal] = (await once(child, 'close')) as [number | null, string | null]
    expect(signal).toBe('SIGKILL')
    expect(last).toBeGreaterThanOrEqual(writes)

    const journal = await openJournal(home)
    const attempts = await journal.attempts({ runId: 'r1' })
    expect(attempts.filter(({ intent }) => intent !== undefined).length).toBeGreaterThanOrEqual(last)
    for (const { key, intent, token } of attempts.slice(0, last)) {
      expect(intent).toMatchObject({ attempt: key.attempt })
      expect(token).toBe(`token-${key.attempt}`)
    }
    expect((await journal.events('r1')).slice(0, last).map(({ event }) => event)).toEqual(
      Array.from({ length: last }, (_, index) => ({ attempt: index + 1 })),
    )
    // The next launcher goes on in it.
    const next = await journal.launcher('r1', launcherRecord(2))
    await next.outcome({ runId: 'r1', stepRunId: 'train-0', attempt: 1 }, { status: 'succeeded' })
    expect(await journal.attempts({ open: false })).toHaveLength(1)
  },
)
