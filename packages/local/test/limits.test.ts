import { describe, expect, it } from 'vitest'

import { readProcessTable } from '../src/job/process-table.ts'
import { isAlive, TestHome } from './support/jobs.ts'
import { IDLE, startsChild, STUBBORN } from './support/programs.ts'

/** Takes so many MiB, says so, and stays. */
function takes(mebibytes: number): string {
  return `
    const held = []
    for (let n = 0; n < ${mebibytes}; n += 1) held.push(Buffer.alloc(2 ** 20, 1))
    console.log('took all'); setInterval(() => held.length, 1e6)`
}

describe('limits of a local job', () => {
  it('end a step that runs too long, without any launcher', async () => {
    const home = await TestHome.create()
    const job = await home.start(IDLE, { limits: { runMs: 300, stopGraceMs: 500 } })
    expect(await job.exit()).toMatchObject({ reason: 'timeout', signal: 'SIGTERM' })
    expect(await job.observe()).toMatchObject({
      phase: 'failed',
      kind: 'timeout',
      reason: 'the step took longer than 0.3 s',
    })
  })

  it('end a job that takes too long in all', async () => {
    const home = await TestHome.create()
    const job = await home.start(STUBBORN, { limits: { totalMs: 400, runMs: 3_600_000, stopGraceMs: 100 } })
    const pid = Number(await job.printed(/pid (\d+)/))
    expect(await job.ended()).toMatchObject({ kind: 'timeout', reason: 'the job took longer than 0.4 s' })
    expect(isAlive(pid)).toBe(false)
  })

  it('can be longer than what a timer takes', async () => {
    const home = await TestHome.create()
    const job = await home.start(`setTimeout(() => {}, 200)`, {
      limits: { runMs: 1e12, totalMs: 1e12, stopGraceMs: 500 },
    })
    expect(await job.ended()).toMatchObject({ phase: 'succeeded' })
  })

  it('end a job above its memory, counting all of its processes', async () => {
    const home = await TestHome.create()
    const child = startsChild(takes(120))
    const source = `${child}; ${child.replace(/import .*/, '')}; ${IDLE}`
    const job = await home.start(source, { limits: { memoryBytes: 250 * 2 ** 20, stopGraceMs: 60_000 } })
    const pid = Number(await job.printed(/pid (\d+)/))
    const end = await job.ended()
    expect(end).toMatchObject({ phase: 'failed', kind: 'oom', providerState: 'oom' })
    expect(end.reason).toMatch(/^the job used \d+ MiB of memory, more than the 250 MiB that it may$/)
    expect(isAlive(pid)).toBe(false)
    expect((await job.exit()).peakMemoryBytes).toBeGreaterThan(250 * 2 ** 20)
    expect((await readProcessTable()).filter(({ group }) => group === pid)).toEqual([])
  })

  it('let a job be that uses less, though its processes share more', async () => {
    const home = await TestHome.create()
    // Each process maps the whole of Node.js: resident memory alone counts that four times.
    const child = startsChild(IDLE)
    const again = child.replace(/import .*/, '')
    const source = `${child}; ${again}; ${again}; setTimeout(() => process.exit(0), 1_500)`
    const job = await home.start(source, { limits: { memoryBytes: 190 * 2 ** 20, stopGraceMs: 500 } })
    expect(await job.ended()).toMatchObject({ phase: 'succeeded' })
  })
})
