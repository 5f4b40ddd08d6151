import { appendFile, mkdir, rm } from 'node:fs/promises'

import { describe, expect, it } from 'vitest'

import { TestHome } from './support/jobs.ts'
import { IDLE } from './support/programs.ts'

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

describe('find', () => {
  it('finds the jobs of a token, a run, a journal, and of all conditions at once', async () => {
    const home = await TestHome.create()
    const jobs = [await home.request(''), await home.request(''), await home.request('')]
    const labels = jobs.map(({ labels }, index) => ({
      ...labels,
      runId: `run-${index % 2}`,
      journalId: `journal-${index}`,
    }))
    for (const [index, job] of jobs.entries())
      await job.submit({ labels: labels[index]!, fingerprint: `f-${index}`, nonce: `n-${index}` })
    const { service } = home
    const found = await all(service.find({ runId: 'run-0' }))
    expect(found.map(({ handle }) => handle.id).toSorted()).toEqual(
      [jobs[0]!, jobs[2]!].map(({ handle }) => handle.id).toSorted(),
    )
    expect(await all(service.find({ token: labels[1]!.token }))).toEqual([
      { handle: jobs[1]!.handle, labels: labels[1], fingerprint: 'f-1', nonce: 'n-1' },
    ])
    expect(await all(service.find({ runId: 'run-0', journalId: 'journal-2' }))).toHaveLength(1)
    expect(await all(service.find({ runId: 'run-1', journalId: 'journal-2' }))).toEqual([])
    expect(await all(service.find({}))).toHaveLength(3)
    for (const job of jobs) await job.ended()
  })

  it('finds nothing where no job was, nor a request that never became one', async () => {
    const home = await TestHome.create()
    expect(await all(home.service.find({}))).toEqual([])
    const job = await home.request('')
    await expect(job.submit({ signal: AbortSignal.abort() })).rejects.toThrow()
    expect(await all(home.service.find({ token: job.labels.token }))).toEqual([])
  })
})

describe('observe', () => {
  it('tells of many jobs at once, by handle', async () => {
    const home = await TestHome.create()
    const idle = await home.start(IDLE)
    const done = await home.start('')
    await idle.printed(/pid (\d+)/)
    await done.ended()
    const unknown = await home.request('')
    const observed = await home.service.observe([idle.handle, done.handle, unknown.handle])
    expect([...observed].map(([id, { phase, gone }]) => [id, gone ?? phase])).toEqual([
      [idle.handle.id, 'running'],
      [done.handle.id, 'succeeded'],
      [unknown.handle.id, true],
    ])
    await idle.cancel()
    await idle.ended()
  })

  it('does without a line of its files that a full disk has cut off', async () => {
    const home = await TestHome.create()
    const job = await home.start(IDLE)
    await job.printed(/pid (\d+)/)
    await appendFile(job.folder.phases, '{"phase":"stop')
    await appendFile(job.folder.phases, '{"phase":"stopping","at":"2026-11-21T12:00:00.000Z"}\n{"pha\n')
    expect(await job.observe()).toMatchObject({
      phase: 'stopping',
      phases: [{ phase: 'queued' }, { phase: 'running' }, { phase: 'stopping', at: '2026-11-21T12:00:00.000Z' }],
    })
    await job.cancel()
    await job.ended()
  })

  it('does not see a job whose files cannot be read, and all others; it fails where it sees none', async () => {
    const home = await TestHome.create()
    const [good, bad] = [await home.start(''), await home.start('')]
    await Promise.all([good.ended(), bad.ended()])
    await rm(bad.folder.exit)
    await mkdir(bad.folder.exit)
    expect([...(await home.service.observe([bad.handle, good.handle])).keys()]).toEqual([good.handle.id])
    await expect(home.service.observe([bad.handle])).rejects.toMatchObject({ code: 'EISDIR' })
    expect(await home.service.observe([])).toEqual(new Map())
    // What the test leaves behind is looked at once more.
    await rm(bad.folder.exit, { recursive: true })
  })
})

describe('logs', () => {
  it('are read page by page, each line once, while they grow', async () => {
    const home = await TestHome.create()
    const job = await home.start(`
      process.stdout.write('one\\ntwo\\nthr')
      process.on('SIGTERM', () => { process.stdout.write('ee\\nlast'); process.exit(0) })
      setInterval(() => {}, 1e6)`)
    await job.printed(/(thr)/)
    const first = await home.service.logs(job.handle, undefined)
    expect(first).toMatchObject({ lines: ['one', 'two'], more: false })
    expect(await home.service.logs(job.handle, first.cursor)).toEqual({ lines: [], cursor: first.cursor, more: false })
    await job.cancel()
    await job.ended()
    const second = await home.service.logs(job.handle, first.cursor)
    expect(second).toMatchObject({ lines: ['three', 'last'], more: false })
    expect(await home.service.logs(job.handle, second.cursor)).toMatchObject({ lines: [] })
  })

  it('do not grow without bounds: the newest are kept', async () => {
    const home = await TestHome.create()
    const job = await home.start(`
      const line = 'x'.repeat(1023) + '\\n'
      for (let n = 0; n < 8 * 1024; n += 1) process.stdout.write(line)
      process.stdout.write('the end\\n')`)
    expect(await job.ended()).toMatchObject({ phase: 'succeeded' })
    const lines: string[] = []
    let page = await home.service.logs(job.handle, undefined)
    for (lines.push(...page.lines); page.more; lines.push(...page.lines))
      page = await home.service.logs(job.handle, page.cursor)
    expect(lines.at(-1)).toBe('the end')
    expect(lines.length).toBeLessThan(1_100)
    expect(Buffer.byteLength(await job.output())).toBeLessThanOrEqual(1024 * 1024 + 64 * 1024)
  })

  it('are empty for a job that is not there', async () => {
    const home = await TestHome.create()
    const { handle } = await home.request('')
    expect(await home.service.logs(handle, undefined)).toMatchObject({ lines: [], more: false })
  })
})
