import type { Observation } from '@sidestep/core'
import { DeleteTrainingJobCommand, SageMakerClient } from '@aws-sdk/client-sagemaker'
import { beforeEach, describe, expect, it } from 'vitest'

import { clientConfig } from '../../src/aws/client-config.ts'
import type { SagemakerHandle } from '../../src/operator/sagemaker-handle.ts'
import type { TrainingJobService } from '../../src/operator/training-job-service.ts'
import { UNSEEN_MS } from '../../src/operator/known-job.ts'
import { LeapingClock } from '../support/leaping-clock.ts'
import { WaitingClock } from '../support/waiting-clock.ts'
import { isOver, signal, simulatedJobs, submit, until } from './simulated-jobs.ts'

const WAITS = 'setTimeout(() => {}, 60000)'
/** Lists are shared for a while. */
const LIST_EVERY_MS = 150

const aws = simulatedJobs()
/** AWS's time, which a test lets go on. */
const time = new LeapingClock()
const leaping = simulatedJobs({ clock: time })

function callsOf(operation: string): readonly { readonly request?: unknown }[] {
  return aws.simulator.calls.filter((call) => call.service === 'sagemaker' && call.operation === operation)
}

async function look(
  service: TrainingJobService,
  handles: readonly SagemakerHandle[],
): Promise<ReadonlyMap<string, Observation>> {
  await new Promise((resolve) => setTimeout(resolve, LIST_EVERY_MS))
  return service.observe(handles, { signal: signal() })
}

describe('many jobs', () => {
  let service: TrainingJobService
  let handles: readonly SagemakerHandle[]

  beforeEach(async () => {
    service = aws.service()
    handles = await Promise.all([1, 2, 3].map(async () => submit(service, aws.prepared(WAITS))))
    for (const handle of handles) await until(service, handle, ({ phase }) => phase === 'running')
    aws.simulator.clearCalls()
    return async () => {
      for (const handle of handles) await service.cancel(handle, { signal: signal() })
    }
  })

  // metaflow #634, tabarena #92: each job was asked for by itself, until the account was throttled.
  it('that go on cost one list, and no look at any of them', async () => {
    for (let n = 0; n < 3; n += 1) {
      const seen = await look(service, handles)
      expect([...seen.values()].map(({ phase }) => phase)).toEqual(['running', 'running', 'running'])
    }
    expect(callsOf('ListTrainingJobs')).toHaveLength(3)
    expect(callsOf('DescribeTrainingJob')).toHaveLength(0)
    for (const { request } of callsOf('ListTrainingJobs')) {
      expect(request).toMatchObject({
        NameContains: 'sidestep-',
        MaxResults: 100,
        // What is created while pages are read comes last, and moves nothing.
        SortBy: 'CreationTime',
        SortOrder: 'Ascending',
      })
      // Lists run behind.
      const { LastModifiedTimeAfter: after } = request as { readonly LastModifiedTimeAfter: number }
      expect(Date.now() / 1_000 - after).toBeGreaterThan(170)
      // Its page is cut before this filter: pages would be empty, and jobs would be missed.
      expect(request).not.toHaveProperty('StatusEquals')
    }
  })

  it('of which one ends cost one look at that one', async () => {
    const [first] = handles
    await look(service, handles)
    await aws.service().cancel(first!, { signal: signal() })
    await until(aws.service(), first!, isOver)
    aws.simulator.clearCalls()
    const seen = await look(service, handles)
    expect(handles.map(({ id }) => seen.get(id)?.phase)).toEqual(['stopped', 'running', 'running'])
    expect(callsOf('DescribeTrainingJob')).toHaveLength(1)
    aws.simulator.clearCalls()
    // What has ended is never asked for again.
    expect((await look(service, handles)).get(first!.id)).toEqual({
      ...seen.get(first!.id),
      at: expect.any(String) as string,
    })
    expect(callsOf('DescribeTrainingJob')).toHaveLength(0)
  })

  it('share a list with all who ask at the same time', async () => {
    await look(service, handles)
    aws.simulator.clearCalls()
    await new Promise((resolve) => setTimeout(resolve, LIST_EVERY_MS))
    await Promise.all([1, 2, 3, 4].map(async () => service.observe(handles, { signal: signal() })))
    expect(callsOf('ListTrainingJobs')).toHaveLength(1)
  })

  it('are seen by a list that runs behind, as soon as it shows them', async () => {
    const [first] = handles
    await look(service, handles)
    aws.simulator.addFaults({ operation: 'sagemaker.ListTrainingJobs', kind: 'stale-list', delayMs: 60_000, times: 2 })
    await aws.service().cancel(first!, { signal: signal() })
    await until(aws.service(), first!, isOver)
    await look(service, handles)
    await look(service, handles)
    // Its last change is before the second list: only the overlap has it listed.
    expect((await look(service, handles)).get(first!.id)?.phase).toBe('stopped')
  })

  it('are not said to be as they were by a list that fails', async () => {
    await look(service, handles)
    aws.simulator.addFaults({ operation: 'sagemaker.ListTrainingJobs', kind: 'server-error', times: 3 })
    await expect(look(service, handles)).rejects.toMatchObject({ kind: 'infra' })
    expect((await look(service, handles)).size).toBe(3)
  })

  it('are watched through throttling and credentials that end', async () => {
    aws.simulator.addFaults({ operation: 'sagemaker.ListTrainingJobs', kind: 'throttle' })
    expect((await look(service, handles)).size).toBe(3)
    aws.simulator.addFaults({ operation: 'sagemaker.ListTrainingJobs', kind: 'expired-token' })
    expect((await look(service, handles)).size).toBe(3)
  })
})

it('a job that nobody may look at keeps none of the others from being seen', async () => {
  const service = aws.service()
  const handles = await Promise.all(Array.from({ length: 8 }, async () => submit(service, aws.prepared())))
  const refused = { id: 'no name of a job', instanceCount: 1 }
  const seen = await service.observe([refused, ...handles], { signal: signal() })
  expect([...seen.keys()].toSorted()).toEqual(handles.map(({ id }) => id).toSorted())
})

it('a job that nobody has asked for in a while is seen to have ended meanwhile', async () => {
  const clock = new WaitingClock()
  const service = leaping.service(undefined, clock)
  const observed = async (handles: readonly SagemakerHandle[]): Promise<ReadonlyMap<string, Observation>> => {
    await clock.sleep(LIST_EVERY_MS)
    return service.observe(handles, { signal: signal() })
  }
  leaping.simulator.addFaults({ operation: 'sagemaker.CreateTrainingJob', kind: 'stuck', times: 3 })
  const first = await submit(service, leaping.prepared())
  await until(service, first, ({ phase }) => phase === 'queued')
  await leaping.service().cancel(first, { signal: signal() })
  await until(leaping.service(), first, isOver)
  time.leap(10 * 60_000)
  await clock.sleep(10 * 60_000)
  const others = await Promise.all([1, 2].map(async () => submit(service, leaping.prepared())))
  // Their lists begin after its end.
  for (let n = 0; n < 3; n += 1) expect((await observed(others)).size).toBe(2)
  expect((await observed([first, ...others])).get(first.id)?.phase).toBe('stopped')
  for (const handle of others) await service.cancel(handle, { signal: signal() })
})

describe('one job', () => {
  it('of several that nobody asks for any more is looked at by itself', async () => {
    const clock = new WaitingClock()
    const service = aws.service(undefined, clock)
    const handles = await Promise.all([1, 2].map(async () => submit(service, aws.prepared(WAITS))))
    for (const handle of handles) await until(service, handle, ({ phase }) => phase === 'running')
    aws.simulator.clearCalls()
    await clock.sleep(150)
    expect((await service.observe(handles.slice(1), { signal: signal() })).size).toBe(1)
    expect(callsOf('ListTrainingJobs')).toHaveLength(1)
    await clock.sleep(1_000)
    aws.simulator.clearCalls()
    expect((await service.observe(handles.slice(1), { signal: signal() })).size).toBe(1)
    expect([callsOf('ListTrainingJobs').length, callsOf('DescribeTrainingJob').length]).toEqual([0, 1])
    for (const handle of handles) await service.cancel(handle, { signal: signal() })
  })

  it('is asked for by itself, and goes forward only', async () => {
    const service = aws.service()
    const handle = await submit(service, aws.prepared('setTimeout(() => {}, 200)'))
    aws.simulator.clearCalls()
    const phases: string[] = []
    const end = await until(service, handle, (observation) => {
      phases.push(observation.phase)
      return isOver(observation)
    })
    expect(callsOf('ListTrainingJobs')).toHaveLength(0)
    expect(phases.slice(0, -1)).not.toContain('succeeded')
    expect(end.phases?.map(({ phase }) => phase).slice(-3)).toEqual(['running', 'finalizing', 'succeeded'])
    expect(Date.parse(end.at)).toBeGreaterThanOrEqual(Date.parse(end.phases?.at(-1)?.at ?? ''))
  })

  it('that nobody has ever known is gone only after a while', async () => {
    const clock = new WaitingClock()
    const service = aws.service(undefined, clock)
    const handle = { id: 'sidestep-none', instanceCount: 1 }
    for (let n = 0; n < 3; n += 1) expect((await service.observe([handle], { signal: signal() })).size).toBe(0)
    await clock.sleep(UNSEEN_MS)
    const [[, said] = []] = await service.observe([handle], { signal: signal() })
    expect(said).toMatchObject({ gone: true, phase: 'failed' })
  })

  it('that was there is gone where SageMaker says so for a while', async () => {
    const clock = new WaitingClock()
    const service = aws.service(undefined, clock)
    const handle = await submit(service, aws.prepared(WAITS))
    await until(service, handle, ({ phase }) => phase === 'running')
    await aws.service().cancel(handle, { signal: signal() })
    await until(aws.service(), handle, isOver)
    const { endpoint } = aws.simulator
    const sdk = new SageMakerClient(await clientConfig({ region: 'eu-west-1', endpoint }))
    await sdk.send(new DeleteTrainingJobCommand({ TrainingJobName: handle.id }))
    sdk.destroy()
    await expect.poll(async () => (await aws.service().jobs.describe(handle.id, signal())) === undefined).toBe(true)
    for (let n = 0; n < 3; n += 1) expect((await service.observe([handle], { signal: signal() })).size).toBe(0)
    await clock.sleep(UNSEEN_MS)
    expect((await service.observe([handle], { signal: signal() })).get(handle.id)).toMatchObject({ gone: true })
  })

  // Its attempt failed, another one followed, and both jobs ran.
  it('that is not known yet after its create is not gone, and its stop is not lost', async () => {
    const service = aws.service()
    aws.simulator.addFaults({ operation: 'sagemaker.CreateTrainingJob', kind: 'delayed-effect', delayMs: 800 })
    const handle = await submit(service, aws.prepared(WAITS))
    for (let n = 0; n < 3; n += 1) expect((await service.observe([handle], { signal: signal() })).size).toBe(0)
    await service.cancel(handle, { signal: signal() })
    expect(await until(service, handle, isOver)).toMatchObject({ phase: 'stopped', kind: 'stopped' })
  })

  it.each<[string, string, object]>([
    ['fails by itself', 'process.exit(3)', { phase: 'failed', kind: 'step', exitCode: 3 }],
    ['ends well', '0', { phase: 'succeeded', exitCode: 0 }],
  ])('that %s', async (_name, program, said) => {
    const service = aws.service()
    const handle = await submit(service, aws.prepared(program))
    expect(await until(service, handle, isOver)).toMatchObject(said)
  })

  it.each([
    ['oom', { phase: 'failed', kind: 'oom' }],
    ['no-capacity', { phase: 'failed', kind: 'capacity' }],
  ] as const)('that meets %s', async (kind, said) => {
    const service = aws.service()
    aws.simulator.addFaults({ operation: 'sagemaker.CreateTrainingJob', kind })
    const handle = await submit(service, aws.prepared(WAITS))
    expect(await until(service, handle, isOver)).toMatchObject(said)
  })

  // zenml #5108, prefect #22727: who had no machine waited for ever, and did not know for what.
  it('that never gets a machine says that it waits, and can be cancelled', async () => {
    const service = aws.service()
    aws.simulator.addFaults({ operation: 'sagemaker.CreateTrainingJob', kind: 'stuck' })
    const handle = await submit(service, aws.prepared(WAITS))
    const waiting = await until(service, handle, ({ phase }) => phase === 'queued')
    expect(waiting.providerState).toMatch(/^InProgress\/Pending/)
    await service.cancel(handle, { signal: signal() })
    expect(await until(service, handle, isOver)).toMatchObject({ phase: 'stopped', kind: 'stopped' })
  })
})
