import { describe, expect, it } from 'vitest'

import { JobWatch } from '../../src/operator/job-watch.ts'
import { UNSEEN_MS } from '../../src/operator/known-job.ts'
import { STOP_AGAIN_MS } from '../../src/operator/asked-stops.ts'
import { changed, page, refusal, twistingProxy, type Answer, type PassingCall } from '../support/twisting-proxy.ts'
import { WaitingClock } from '../support/waiting-clock.ts'
import { all, isOver, signal, simulatedJobs, submit, until } from './simulated-jobs.ts'

const WAITS = 'setTimeout(() => {}, 60000)'
const NOT_FOUND = refusal('ValidationException', 'Requested resource not found.')
const EMPTY: Answer = { status: 200, body: '{}' }
const DAY_MS = 86_400_000

const aws = simulatedJobs()

async function between(
  twist: (call: PassingCall) => Promise<Answer | 'cut' | undefined> | Answer | 'cut' | undefined,
): Promise<Awaited<ReturnType<typeof twistingProxy>>> {
  return twistingProxy(aws.simulator.endpoint, twist)
}

async function jobsOf(token: string): Promise<number> {
  return (await all(aws.service().find({ token }, { signal: signal() }))).length
}

describe('a create', () => {
  // Whoever takes it for a refusal gives up a job that runs.
  it.each<[string, Answer]>([
    ['a page of a load balancer, 502', page(502, 'Bad Gateway')],
    ['a page, 400', page(400, 'Bad Request')],
    ['a page, 403', page(403, 'Forbidden')],
    ['nothing, 400', { status: 400, body: '' }],
    ['a way to another place', { status: 307, headers: { location: 'http://elsewhere/' }, body: '' }],
    ['no ARN', EMPTY],
    ['half of it', { status: 200, body: '{"TrainingJob' }],
  ])('that is carried out and answered with %s may be there, and says what has come', async (_name, answer) => {
    const { endpoint, calls } = await between(async ({ operation, forward }) => {
      if (operation !== 'CreateTrainingJob') return undefined
      await forward()
      return answer
    })
    const prepared = aws.prepared()
    await expect(submit(aws.serviceAt(endpoint), prepared)).rejects.toMatchObject({
      kind: 'infra',
      message: expect.stringMatching(
        /^SageMaker CreateTrainingJob (?:failed: the answer had the status \d+.*none of AWS|was answered without)/,
      ) as string,
      hint: expect.stringContaining('Something between') as string,
    })
    expect(calls).toEqual(['CreateTrainingJob'])
    expect(await jobsOf(prepared.labels.token)).toBe(1)
  })

  it('of a name that is taken by a job that is not known yet waits until it is', async () => {
    const prepared = aws.prepared()
    await submit(aws.service(), prepared)
    const { endpoint, calls } = await between(({ operation, n }) => {
      if (operation !== 'DescribeTrainingJob' || n > 3) return undefined
      return [NOT_FOUND, EMPTY, NOT_FOUND][n - 1]
    })
    const handle = await submit(aws.serviceAt(endpoint, new WaitingClock()), prepared)
    expect(handle.id).toBe(prepared.request.trainingJob.TrainingJobName)
    expect(calls.filter((operation) => operation === 'CreateTrainingJob')).toHaveLength(1)
  })

  it('that is throttled for as long as it may take says so', async () => {
    const { endpoint } = await between(() => refusal('ThrottlingException', 'Rate exceeded'))
    const { request, labels, fingerprint } = aws.prepared()
    const options = { labels, fingerprint, nonce: 'n', secrets: {}, signal: AbortSignal.timeout(300) }
    await expect(aws.serviceAt(endpoint).submit(request, options)).rejects.toMatchObject({
      kind: 'infra',
      message: expect.stringContaining('ThrottlingException: Rate exceeded') as string,
    })
  })
})

describe('a job', () => {
  it('of which SageMaker says for a moment that it is not there is not gone', async () => {
    let isAway = false
    const { endpoint } = await between(({ operation }) => {
      return isAway && operation === 'DescribeTrainingJob' ? NOT_FOUND : undefined
    })
    const clock = new WaitingClock()
    const service = aws.serviceAt(endpoint, clock)
    const handle = await submit(service, aws.prepared(WAITS))
    await until(service, handle, ({ phase }) => phase === 'running')
    isAway = true
    for (let n = 0; n < 3; n += 1) {
      expect((await service.observe([handle], { signal: signal() })).size).toBe(0)
      await clock.sleep(UNSEEN_MS / 4)
    }
    isAway = false
    const seen = await service.observe([handle], { signal: signal() })
    expect(seen.get(handle.id)?.phase).toBe('running')
    await service.cancel(handle, { signal: signal() })
  })

  it('that goes on does not go back, and what has no status or another name is no answer', async () => {
    let old: Answer | undefined
    const { endpoint } = await between(async ({ operation, n, forward }) => {
      if (operation !== 'DescribeTrainingJob') return undefined
      const answer = await forward()
      old ??= answer
      if (n % 4 === 0) return old
      if (n % 4 === 1) return EMPTY
      const end = { TrainingJobName: 'another', TrainingJobStatus: 'Completed', SecondaryStatus: 'Completed' }
      return n % 4 === 2 ? changed(answer, end) : answer
    })
    const service = aws.serviceAt(endpoint)
    const handle = await submit(service, aws.prepared('setTimeout(() => {}, 1000)'))
    const phases: string[] = []
    await until(service, handle, (observation) => {
      if (phases.at(-1) !== observation.phase) phases.push(observation.phase)
      return isOver(observation)
    })
    expect(phases).toContain('running')
    expect(new Set(phases).size).toBe(phases.length)
  })

  it('with members that cannot be read is told by the others, and keeps no other from being seen', async () => {
    const odd = { SecondaryStatusTransitions: [null, {}], FailureReason: 7, Environment: [1], ResourceConfig: null }
    const { endpoint } = await between(async ({ operation, body, forward }) => {
      const isOdd = operation === 'DescribeTrainingJob' && body.includes(first.id)
      return isOdd ? changed(await forward(), odd) : undefined
    })
    const first = await submit(aws.service(), aws.prepared('process.exit(3)'))
    const second = await submit(aws.service(), aws.prepared())
    for (const handle of [first, second]) await until(aws.service(), handle, isOver)
    const seen = await aws.serviceAt(endpoint).observe([first, second], { signal: signal() })
    expect([first, second].map(({ id }) => seen.get(id)?.phase)).toEqual(['failed', 'succeeded'])
  })

  it('that has ended in a word that is not known has ended', async () => {
    const { endpoint } = await between(async ({ operation, forward }) =>
      operation === 'DescribeTrainingJob'
        ? changed(await forward(), { TrainingJobStatus: 'Archived', SecondaryStatus: 'Dreaming' })
        : undefined,
    )
    const service = aws.serviceAt(endpoint)
    const handle = await submit(service, aws.prepared())
    expect(await until(service, handle, isOver)).toMatchObject({
      phase: 'failed',
      kind: 'infra',
      reason: 'SageMaker says that it has ended as Archived/Dreaming, which is no word that is known',
    })
  })

  // Budgets count by AWS's time: a Date that a proxy has given was the end of a job.
  it.each([DAY_MS, -DAY_MS])('is seen by the right time where each answer has a Date that is %d off', async (offMs) => {
    const { endpoint, calls } = await between(async ({ forward }) => {
      const answer = await forward()
      return { ...answer, headers: { ...answer.headers, date: new Date(Date.now() + offMs).toUTCString() } }
    })
    const service = aws.serviceAt(endpoint)
    const handle = await submit(service, aws.prepared())
    const end = await until(service, handle, isOver)
    expect(end.phase).toBe('succeeded')
    expect(Math.abs(Date.parse(end.at) - Date.now())).toBeLessThan(60_000)
    const refused = aws.simulator.calls.filter(({ errorCode }) => errorCode === 'InvalidSignatureException')
    expect(refused).toEqual([])
    expect(calls.length).toBeGreaterThan(1)
  })

  it('is looked at again soon where AWS asks to be left alone for a day', async () => {
    const { endpoint } = await between(({ operation, n }) =>
      operation === 'DescribeTrainingJob' && n === 1
        ? refusal('ThrottlingException', 'Rate exceeded', { 'retry-after': '86400' })
        : undefined,
    )
    const clock = new WaitingClock()
    const service = aws.serviceAt(endpoint, clock)
    const handle = await submit(service, aws.prepared())
    await service.observe([handle], { signal: signal() })
    expect(clock.now()).toBeLessThanOrEqual(2 * 60_000)
  })
})

describe('many jobs', () => {
  it('are looked at one by one where lists do not come to an end', async () => {
    const { endpoint, calls } = await between(({ operation }) => {
      if (operation !== 'ListTrainingJobs') return undefined
      return { status: 200, body: JSON.stringify({ TrainingJobSummaries: [], NextToken: 'again' }) }
    })
    const clock = new WaitingClock()
    const service = aws.serviceAt(endpoint, clock)
    const handles = await Promise.all([1, 2].map(async () => submit(service, aws.prepared(WAITS))))
    for (const handle of handles) await until(aws.service(), handle, ({ phase }) => phase === 'running')
    expect((await service.observe(handles, { signal: signal() })).size).toBe(2)
    await aws.service().cancel(handles[0]!, { signal: signal() })
    await until(aws.service(), handles[0]!, isOver)
    await clock.sleep(1_000)
    await expect(service.observe(handles, { signal: signal() })).rejects.toMatchObject({ kind: 'infra' })
    await clock.sleep(3 * 60_000)
    const before = calls.length
    const seen = await service.observe(handles, { signal: signal() })
    expect(handles.map(({ id }) => seen.get(id)?.phase)).toEqual(['stopped', 'running'])
    expect(calls.length - before).toBeLessThanOrEqual(4)
    await aws.service().cancel(handles[1]!, { signal: signal() })
  })
})

it('a job about which no answer comes keeps no other from being seen', async () => {
  const service = aws.service()
  const [first, second] = [await submit(service, aws.prepared()), await submit(service, aws.prepared())]
  const { endpoint } = await between(async ({ operation, body }) =>
    operation === 'DescribeTrainingJob' && body.includes(first.id) ? new Promise<never>(() => undefined) : undefined,
  )
  const watch = new JobWatch(aws.serviceAt(endpoint).jobs, { listEveryMs: 100, longestLookMs: 1_000 })
  const seen = await watch.observe([first.id, second.id], signal())
  expect([...seen.keys()]).toEqual([second.id])
})

// https://github.com/getmoto/moto/issues/8560
it('what an imitation of AWS answers is read, whatever type it says', async () => {
  const { endpoint } = await between(async ({ forward }) => {
    const answer = await forward()
    return { ...answer, headers: { ...answer.headers, 'content-type': 'text/html; charset=utf-8' } }
  })
  const service = aws.serviceAt(endpoint)
  const handle = await submit(service, aws.prepared(`console.log('hi'); ${WAITS}`))
  await until(service, handle, ({ phase }) => phase === 'running')
  await service.cancel(handle, { signal: signal() })
  expect((await until(service, handle, isOver)).phase).toBe('stopped')
  await expect(service.logs(handle, undefined, { signal: signal() })).resolves.toBeDefined()
})

// Each round ended with the same ones.
it('jobs about which no answer ever comes keep no other from being seen', async () => {
  const lost = Array.from({ length: 12 }, (_, n) => `sidestep-lost-${n}`)
  const { endpoint, calls } = await between(({ operation, body }) =>
    operation === 'DescribeTrainingJob' && body.includes('sidestep-lost') ? EMPTY : undefined,
  )
  const watch = aws.serviceAt(endpoint, new WaitingClock())
  const handles = await Promise.all([1, 2].map(async () => submit(aws.service(), aws.prepared())))
  for (const handle of handles) await until(aws.service(), handle, isOver)
  const names = [...lost.map((id) => ({ ...handles[0]!, id })), ...handles]
  await expect(watch.observe(names, { signal: signal() })).rejects.toMatchObject({ kind: 'infra' })
  for (let n = 0; n < 3; n += 1) {
    const seen = await watch.observe(names, { signal: signal() })
    expect(handles.map(({ id }) => seen.get(id)?.phase)).toEqual(['succeeded', 'succeeded'])
    expect(seen.size).toBe(2)
  }
  expect(calls.length).toBeGreaterThan(0)
})

it('jobs that have ended are told so each time, also where lists fail', async () => {
  const { endpoint } = await between(({ operation }) =>
    operation === 'ListTrainingJobs' ? refusal('AccessDeniedException', 'not authorized') : undefined,
  )
  const clock = new WaitingClock()
  const service = aws.serviceAt(endpoint, clock)
  const handles = await Promise.all([1, 2].map(async () => submit(service, aws.prepared(WAITS))))
  const [ended, other] = handles
  // By a service of its own: this one looks at each but once before its clock goes on.
  for (const handle of handles) await until(aws.service(), handle, ({ phase }) => phase === 'running')
  await service.observe(handles, { signal: signal() })
  await aws.service().cancel(ended!, { signal: signal() })
  await until(aws.service(), ended!, isOver)
  await clock.sleep(3 * 60_000)
  const seen = [await service.observe(handles, { signal: signal() })]
  await clock.sleep(1_000)
  seen.push(await service.observe(handles, { signal: signal() }))
  expect(seen.map((one) => one.get(ended!.id)?.phase)).toEqual(['stopped', 'stopped'])
  await aws.service().cancel(other!, { signal: signal() })
})

it('a job that every list leaves out is seen to end within a quarter of an hour', async () => {
  const { endpoint } = await between(({ operation }) =>
    operation === 'ListTrainingJobs' ? { status: 200, body: '{"TrainingJobSummaries":[]}' } : undefined,
  )
  const clock = new WaitingClock()
  const service = aws.serviceAt(endpoint, clock)
  const handles = await Promise.all([1, 2].map(async () => submit(service, aws.prepared(WAITS))))
  for (const handle of handles) await until(aws.service(), handle, ({ phase }) => phase === 'running')
  await service.observe(handles, { signal: signal() })
  for (const handle of handles) await aws.service().cancel(handle, { signal: signal() })
  for (const handle of handles) await until(aws.service(), handle, isOver)
  await clock.sleep(16 * 60_000)
  const seen = await service.observe(handles, { signal: signal() })
  expect(handles.map(({ id }) => seen.get(id)?.phase)).toEqual(['stopped', 'stopped'])
})

describe('a stop', () => {
  it.each<[string, Answer]>([
    ['that the job is not there', NOT_FOUND],
    ['with a page of somebody else', page(200)],
  ])('that is answered %s is asked for again', async (_name, answer) => {
    const { endpoint } = await between(({ operation, n }) =>
      operation === 'StopTrainingJob' && n <= 2 ? answer : undefined,
    )
    const service = aws.serviceAt(endpoint)
    const handle = await submit(service, aws.prepared(WAITS))
    await until(service, handle, ({ phase }) => phase === 'running')
    await service.cancel(handle, { signal: signal() })
    expect((await until(service, handle, isOver)).phase).toBe('stopped')
  })

  it('that is asked for again and gets no answer keeps no job from being seen', async () => {
    const { endpoint, calls } = await between(async ({ operation, n }) => {
      if (operation !== 'StopTrainingJob') return undefined
      return n === 1 ? { status: 200, body: '' } : new Promise<never>(() => undefined)
    })
    const clock = new WaitingClock()
    const service = aws.serviceAt(endpoint, clock)
    const handle = await submit(service, aws.prepared(WAITS))
    await until(service, handle, ({ phase }) => phase === 'running')
    await service.cancel(handle, { signal: signal() })
    await clock.sleep(STOP_AGAIN_MS)
    const seen = await service.observe([handle], { signal: AbortSignal.timeout(1_000) })
    expect(seen.get(handle.id)?.phase).toBe('running')
    expect(calls.filter((operation) => operation === 'StopTrainingJob')).toHaveLength(2)
    await aws.service().cancel(handle, { signal: signal() })
  })

  it('that SageMaker took and did not do is asked for again, after a while', async () => {
    const { endpoint, calls } = await between(({ operation, n }) =>
      operation === 'StopTrainingJob' && n === 1 ? { status: 200, body: '' } : undefined,
    )
    const clock = new WaitingClock()
    const service = aws.serviceAt(endpoint, clock)
    const handle = await submit(service, aws.prepared(WAITS))
    await until(service, handle, ({ phase }) => phase === 'running')
    await service.cancel(handle, { signal: signal() })
    await service.observe([handle], { signal: signal() })
    expect(calls.filter((operation) => operation === 'StopTrainingJob')).toHaveLength(1)
    await clock.sleep(STOP_AGAIN_MS)
    expect((await until(service, handle, isOver)).phase).toBe('stopped')
    expect(calls.filter((operation) => operation === 'StopTrainingJob')).toHaveLength(2)
  })

  it('of many at a time is asked for again of a few, and of the others the next time', async () => {
    const { endpoint, calls } = await between(({ operation, n }) =>
      operation === 'StopTrainingJob' && n <= 7 ? { status: 200, body: '' } : undefined,
    )
    const clock = new WaitingClock()
    const service = aws.serviceAt(endpoint, clock)
    const handles = await Promise.all(Array.from({ length: 7 }, async () => submit(service, aws.prepared(WAITS))))
    const stops = (): number => calls.filter((operation) => operation === 'StopTrainingJob').length
    for (const handle of handles) await service.cancel(handle, { signal: signal() })
    await clock.sleep(STOP_AGAIN_MS)
    await service.observe(handles, { signal: signal() })
    expect(stops()).toBe(7 + 5)
    await service.observe(handles, { signal: signal() })
    expect(stops()).toBe(7 + 7)
    for (const handle of handles) expect((await until(aws.service(), handle, isOver)).phase).toBe('stopped')
  })
})
