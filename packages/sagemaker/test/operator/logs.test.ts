import { describe, expect, it } from 'vitest'

import type { SagemakerHandle } from '../../src/operator/sagemaker-handle.ts'
import type { TrainingJobService } from '../../src/operator/training-job-service.ts'
import { changed, twistingProxy, type Answer } from '../support/twisting-proxy.ts'
import { isOver, signal, simulatedJobs, submit, until } from './simulated-jobs.ts'

const aws = simulatedJobs()

interface Read {
  readonly lines: readonly string[]
  readonly cursor: string | undefined
}

/** As somebody does who goes on until there is no more. */
async function read(service: TrainingJobService, handle: SagemakerHandle, from?: string): Promise<Read> {
  const lines: string[] = []
  let cursor = from
  for (let more = true; more;) {
    const page = await service.logs(handle, cursor, { signal: signal() })
    lines.push(...page.lines)
    cursor = page.cursor
    more = page.more
  }
  return { lines, cursor }
}

describe('the log of a job', () => {
  it('of an account that has none yet is empty', async () => {
    const handle = { id: 'sidestep-none', instanceCount: 1 }
    expect((await read(aws.service(), handle)).lines).toEqual([])
  })

  it('is read on from a cursor, by any process: nothing is lost, and nothing comes twice', async () => {
    const service = aws.service()
    const handle = await submit(
      service,
      aws.prepared(
        'for (let n = 0; n < 30; n++) { console.log("line " + n); await new Promise((f) => setTimeout(f, 20)) }',
      ),
    )
    const lines: string[] = []
    let cursor: string | undefined
    let over = false
    while (!over) {
      over = isOver((await service.observe([handle], { signal: signal() })).get(handle.id)!)
      const part = await read(aws.service(), handle, cursor)
      lines.push(...part.lines)
      cursor = part.cursor
    }
    lines.push(...(await read(aws.service(), handle, cursor)).lines)
    expect(lines).toEqual(Array.from({ length: 30 }, (_, n) => `line ${n}`))
  })

  it('of several machines says whose each line is', async () => {
    const service = aws.service()
    const handle = await submit(service, aws.prepared('console.log("hi"); console.log("there")', { instanceCount: 2 }))
    expect(handle.instanceCount).toBe(2)
    await until(service, handle, isOver)
    const { lines } = await read(service, handle)
    expect(lines.toSorted()).toEqual(['[algo-1] hi', '[algo-1] there', '[algo-2] hi', '[algo-2] there'])
  })

  it('that CloudWatch refuses to give is an error, and is not asked for over and over', async () => {
    const handle = { id: 'sidestep-none', instanceCount: 1 }
    const cursor = JSON.stringify({ 'no:stream': {} })
    await expect(aws.service().logs(handle, cursor, { signal: signal() })).rejects.toMatchObject({ kind: 'config' })
  })

  it('goes on where CloudWatch has forgotten how far it was read', async () => {
    const service = aws.service()
    const handle = await submit(service, aws.prepared('for (let n = 0; n < 5; n++) console.log("n" + n)'))
    await until(service, handle, isOver)
    const { lines, cursor = '' } = await read(service, handle)
    expect(lines).toHaveLength(5)
    const places = JSON.parse(cursor) as Record<string, { token?: string }>
    for (const place of Object.values(places))
      place.token = 'f/00000000000000000000000000000000000000000000000000000000/s'
    expect((await read(service, handle, JSON.stringify(places))).lines).toEqual([])
  })
})

describe('the log of a job that has just ended', () => {
  const slow = simulatedJobs({ logDelayMs: 200 })

  it('is waited for, since its last lines may be on their way', async () => {
    const service = slow.service()
    const handle = await submit(service, slow.prepared('console.log("last words")'))
    await until(service, handle, isOver)
    expect((await read(service, handle)).lines).toEqual(['last words'])
  })

  // Whoever wanted the last lines of a failure waited for ever.
  it('is read to its end where CloudWatch leads round, or always has one more page', async () => {
    const service = aws.service()
    const handle = await submit(service, aws.prepared('console.log("hi")'))
    await until(service, handle, isOver)
    await expect.poll(async () => (await read(aws.service(), handle)).lines).toEqual(['hi'])
    let streams: Answer | undefined
    const { endpoint, calls } = await twistingProxy(aws.simulator.endpoint, async ({ operation, n, forward }) => {
      if (operation === 'DescribeLogStreams') {
        streams ??= await forward()
        return changed(streams, { nextToken: n % 2 === 0 ? 'again' : 'one' })
      }
      const empty = { events: [null], nextForwardToken: `f/${n}` }
      return operation === 'GetLogEvents' && n > 1 ? { status: 200, body: JSON.stringify(empty) } : undefined
    })
    expect((await read(aws.serviceAt(endpoint), handle)).lines).toEqual(['hi'])
    expect(calls.length).toBeLessThan(300)
  })
})
