import { appendFile, rm, writeFile } from 'node:fs/promises'

import { thisMachine } from '@sidestep/core/process'
import { describe, expect, it } from 'vitest'

import { isAlive, TestHome, type TestJob } from './support/jobs.ts'
import { IDLE, startsChild, STUBBORN, WATCHES_PARENT } from './support/programs.ts'
import { until } from './support/until.ts'

/** Kills the supervisor as nobody can prevent it. */
async function killSupervisor(job: TestJob): Promise<void> {
  process.kill((await job.record()).supervisor.pid, 'SIGKILL')
}

describe('a job whose supervisor was killed', () => {
  it('ends itself by the pipe, before anybody looks', async () => {
    const home = await TestHome.create()
    const job = await home.start(
      `${WATCHES_PARENT}; ${startsChild(STUBBORN.replace('pid', 'child'))}; ${STUBBORN.replace('pid', 'command')}`,
    )
    const pids = [Number(await job.printed(/command (\d+)/)), Number(await job.printed(/child (\d+)/))]
    await killSupervisor(job)
    await until('the end of the group', () => pids.every((pid) => !isAlive(pid)))
    const end = await job.observe()
    expect(end).toMatchObject({
      phase: 'failed',
      kind: 'infra',
      reason: expect.stringContaining('the supervisor of the job died'),
    })
    expect(end.gone).toBeUndefined()
  })

  it('is ended by whoever observes it, if its processes do not look at the pipe', async () => {
    const home = await TestHome.create()
    const daemon = startsChild(STUBBORN.replace('pid', 'daemon'), `{ stdio: 'inherit', detached: true }`)
    const job = await home.start(`${daemon}; ${STUBBORN.replace('pid', 'command')}`)
    const pids = [Number(await job.printed(/command (\d+)/)), Number(await job.printed(/daemon (\d+)/))]
    await killSupervisor(job)
    expect(await job.ended()).toMatchObject({ phase: 'failed', kind: 'infra' })
    expect(pids.filter(isAlive)).toEqual([])
  })

  it('is ended by a cancel, too', async () => {
    const home = await TestHome.create()
    const job = await home.start(STUBBORN)
    const pid = Number(await job.printed(/pid (\d+)/))
    await killSupervisor(job)
    await until('the end of the supervisor', async () => !isAlive((await job.record()).supervisor.pid))
    await job.cancel()
    expect(isAlive(pid)).toBe(false)
  })

  it('is not looked for among the processes that have its numbers after a restart of the machine', async () => {
    const home = await TestHome.create()
    const job = await home.start(IDLE)
    const pid = Number(await job.printed(/pid (\d+)/))
    const record = await job.record()
    // As the file would stand after a boot.
    await writeFile(
      job.folder.job,
      JSON.stringify({ ...record, supervisor: { ...record.supervisor, bootId: 'an earlier boot' } }),
    )
    expect(await job.observe()).toMatchObject({ phase: 'failed', kind: 'infra' })
    expect(isAlive(pid)).toBe(true)
    process.kill(record.supervisor.pid)
    await job.exit()
  })

  it('is left alone, and counts as running, where it may be in another container of this machine', async () => {
    const home = await TestHome.create()
    const job = await home.start(IDLE)
    const pid = Number(await job.printed(/pid (\d+)/))
    const record = await job.record()
    expect(record.pidNamespace).toBe(thisMachine().pidNamespace)
    // As that container would have written it: its numbers mean other processes here.
    const supervisor = { ...record.supervisor, startTime: '1' }
    await writeFile(job.folder.job, JSON.stringify({ ...record, supervisor, pidNamespace: 'pid:[1]' }))
    const before = await job.observe()
    expect(before).toMatchObject({ phase: 'running' })
    await expect(job.cancel()).rejects.toMatchObject({
      kind: 'infra',
      message: expect.stringContaining('another container of this machine'),
      hint: expect.stringContaining('Cancel it from that container'),
    })
    expect(isAlive(pid)).toBe(true)
    process.kill(record.supervisor.pid)
    await job.exit()
    expect(await job.observe()).toMatchObject({ phase: 'stopped' })
    await job.cancel()
  })

  it('in another container is gone, too, after a restart of the machine', async () => {
    const home = await TestHome.create()
    const job = await home.start(IDLE)
    await job.printed(/pid (\d+)/)
    const record = await job.record()
    const supervisor = { ...record.supervisor, bootId: 'an earlier boot' }
    await writeFile(job.folder.job, JSON.stringify({ ...record, supervisor, pidNamespace: 'pid:[1]' }))
    expect(await job.observe()).toMatchObject({ phase: 'failed', kind: 'infra' })
    await job.cancel()
    process.kill(record.supervisor.pid)
    await job.exit()
  })

  it('is reported with what the supervisor could still say', async () => {
    const home = await TestHome.create()
    const job = await home.start(IDLE)
    await job.printed(/pid (\d+)/)
    await appendFile(job.folder.supervisorLog, `node:fs:1\n    at x\n\nError: ENOSPC: no space left on device, write\n`)
    await killSupervisor(job)
    expect(await job.ended()).toMatchObject({
      kind: 'infra',
      reason: expect.stringContaining('ENOSPC: no space left on device'),
    })
  })
})

it('a job whose folder is gone is said to be gone', async () => {
  const home = await TestHome.create()
  const job = await home.start('')
  await job.ended()
  await rm(job.request.folder, { recursive: true })
  expect(await job.observe()).toMatchObject({ gone: true })
  expect(await (await home.request('')).observe()).toMatchObject({ gone: true })
})
