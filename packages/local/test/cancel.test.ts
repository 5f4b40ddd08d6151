import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { isAlive, TestHome } from './support/jobs.ts'
import { IDLE, startsChild, STUBBORN } from './support/programs.ts'
import { until } from './support/until.ts'

describe('cancel', () => {
  it('stops a job that runs, and says so', async () => {
    const home = await TestHome.create()
    const job = await home.start(IDLE)
    const pid = Number(await job.printed(/pid (\d+)/))
    await job.cancel()
    expect(await job.ended()).toMatchObject({ phase: 'stopped', kind: 'stopped', reason: 'the job was told to stop' })
    expect(isAlive(pid)).toBe(false)
    expect(await job.exit()).toMatchObject({ reason: 'stopped', signal: 'SIGTERM' })
    expect((await job.observe()).phases?.map(({ phase }) => phase)).toEqual([
      'queued',
      'running',
      'stopping',
      'stopped',
    ])
  })

  it('ends a job whose processes have all been stopped', async () => {
    const home = await TestHome.create()
    const job = await home.start(IDLE)
    const pid = Number(await job.printed(/pid (\d+)/))
    const supervisor = (await job.record()).supervisor.pid
    for (const stopped of [supervisor, -pid]) process.kill(stopped, 'SIGSTOP')
    await job.cancel()
    expect(await job.ended()).toMatchObject({ phase: 'stopped', kind: 'stopped' })
    expect(isAlive(pid)).toBe(false)
    await until('the supervisor has left', () => !isAlive(supervisor))
  })

  it('is success for a job that has ended, and for one that never was', async () => {
    const home = await TestHome.create()
    const job = await home.start('')
    const end = await job.ended()
    await job.cancel()
    expect(await job.observe()).toEqual({ ...end, at: expect.any(String) })
    await (await home.request('')).cancel()
  })

  it('asked for many times, still gives the command its grace', async () => {
    const home = await TestHome.create()
    const job = await home.start(`
      process.on('SIGTERM', () => setTimeout(() => { console.log('tidy'); process.exit(0) }, 300))
      ${IDLE}`)
    await job.printed(/pid (\d+)/)
    for (let n = 0; n < 5; n += 1) await job.cancel()
    // Whoever ends well although it was told to stop has ended well.
    expect(await job.ended()).toMatchObject({ phase: 'succeeded', providerState: 'stopped', exitCode: 0 })
    expect(await job.output()).toMatch(/tidy\n$/)
  })

  it('kills what ignores SIGTERM once the grace is over', async () => {
    const home = await TestHome.create()
    const job = await home.start(STUBBORN, { limits: { stopGraceMs: 100 } })
    const pid = Number(await job.printed(/pid (\d+)/))
    await job.cancel()
    await expect.poll(async () => (await job.observe()).phase).toBe('stopping')
    expect(await job.ended()).toMatchObject({ phase: 'stopped', reason: 'the job was told to stop' })
    expect(await job.exit()).toMatchObject({ reason: 'stopped', signal: 'SIGKILL' })
    expect(isAlive(pid)).toBe(false)
  })

  it('reaches children and grandchildren, also those that ignore SIGTERM or have left the group', async () => {
    const home = await TestHome.create()
    const grandchild = STUBBORN.replace('pid', 'grandchild')
    const daemon = STUBBORN.replace('pid', 'daemon')
    const child = `${startsChild(grandchild)}; ${startsChild(daemon, `{ stdio: 'inherit', detached: true }`).replace(/import .*/, '')}; ${IDLE.replace('pid', 'child')}`
    const job = await home.start(`${startsChild(child)}; ${IDLE.replace('pid', 'command')}`)
    const pids: number[] = []
    for (const name of ['command', 'child', 'grandchild', 'daemon']) {
      pids.push(Number(await job.printed(new RegExp(`${name} (\\d+)`))))
    }
    await job.cancel()
    expect(await job.ended()).toMatchObject({ phase: 'stopped' })
    expect(pids.filter(isAlive)).toEqual([])
  })
})

it('what a command leaves running when it exits is killed before its end is told', async () => {
  const home = await TestHome.create()
  const daemon = startsChild(STUBBORN.replace('pid', 'daemon'), `{ stdio: 'inherit', detached: true }`)
  const job =
    await home.start(`${daemon}.stdout; ${startsChild(STUBBORN.replace('pid', 'child')).replace(/import .*/, '')}
    import { existsSync } from 'node:fs'
    setInterval(() => existsSync('go') && process.exit(0), 10)`)
  const pids = [Number(await job.printed(/daemon (\d+)/)), Number(await job.printed(/child (\d+)/))]
  await writeFile(join(job.folder.work, 'go'), '')
  expect(await job.ended()).toMatchObject({ phase: 'succeeded' })
  expect(pids.filter(isAlive)).toEqual([])
})
