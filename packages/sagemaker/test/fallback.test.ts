import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { RunEvent } from '@sidestep/core'
import { expect, onTestFinished, test, vi } from 'vitest'

import { squares } from './fixtures/squares.ts'
import { simulatedAccount } from './support/simulated-account.ts'

const account = simulatedAccount()

// deepracer-on-aws #88, zenml #5108: a run failed, or waited for ever, for want of one type of machines.
test.each(['quota', 'capacity'] as const)(
  'where the first type has no %s, the step runs on the next one, without a retry, and it is said what it used',
  async (kind) => {
    const home = await mkdtemp(join(tmpdir(), 'sidestep-sagemaker-'))
    vi.stubEnv('SIDESTEP_HOME', home)
    onTestFinished(async () => {
      vi.unstubAllEnvs()
      await rm(home, { recursive: true, maxRetries: 5 })
    })
    account.provoke[kind]()
    const run = squares.start(7, { stack: account.stack(`fallback-${kind}`) })
    const events: RunEvent[] = []
    for await (const event of run.events()) events.push(event)
    expect(await run.result()).toBe(49)
    const ends = events.flatMap((event) => (event.type === 'attempt.ended' ? [event] : []))
    expect(ends.map(({ attempt, willRetry, error }) => [attempt, willRetry, error?.kind])).toEqual([
      [1, true, kind],
      [2, false, undefined],
    ])
    const told = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []))
    expect(told).toContain(
      'attempt 2 of the step square asks for ml.m5.large: there was no capacity or no quota for ml.c7i.xlarge',
    )
    const used = events.flatMap((event) => (event.type === 'attempt.usage' ? [event] : []))
    // The first one never had a machine.
    expect(used.map(({ attempt }) => attempt)).not.toContain(1)
    expect(used.at(-1)).toMatchObject({ attempt: 2, usage: { instanceType: 'ml.m5.large', instanceCount: 1 } })
    expect(used.at(-1)?.usage.billableSeconds).toBeGreaterThan(0)
  },
  120_000,
)
