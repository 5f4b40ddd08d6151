import { describe, expect, it } from 'vitest'

import { CallBudget, type CallRate } from '../../src/operator/call-budget.ts'
import type { TrainingJobService } from '../../src/operator/training-job-service.ts'
import { WaitingClock } from '../support/waiting-clock.ts'
import { all, isOver, PLENTY, signal, simulatedJobs, submit, until } from './simulated-jobs.ts'

const aws = simulatedJobs()

function callsOf(operation: string): number {
  return aws.simulator.calls.filter((call) => `${call.service}.${call.operation}` === operation).length
}

const SECRET = 'hunter2-hunter2'

describe('a create', () => {
  it('makes one job that says what it is, and runs to its end', async () => {
    const service = aws.service()
    const prepared = aws.prepared('console.log("hi")')
    const handle = await submit(service, prepared, 'n'.repeat(32))
    expect(handle).toEqual({
      id: prepared.request.trainingJob.TrainingJobName,
      arn: `arn:aws:sagemaker:eu-west-1:123456789012:training-job/${handle.id}`,
      instanceCount: 1,
    })
    const end = await until(service, handle, isOver)
    expect(end).toMatchObject({
      phase: 'succeeded',
      exitCode: 0,
      providerState: 'Completed',
      usage: { instanceType: 'ml.m5.large', instanceCount: 1 },
    })
    expect(end.usage?.runSeconds).toBeGreaterThanOrEqual(0)
    const [found] = await all(service.find({ token: prepared.labels.token }, { signal: signal() }))
    expect(found).toEqual({ handle, labels: prepared.labels, fingerprint: prepared.fingerprint, nonce: 'n'.repeat(32) })
  })

  // airflow #68974, #69542: a retry after a crash created a second job, and paid for both.
  it('that is repeated finds the job of the first one, also from another process, and however many come at once', async () => {
    const prepared = aws.prepared('setTimeout(() => {}, 60000)')
    const handles = await Promise.all([1, 2, 3].map(async () => submit(aws.service(), prepared)))
    expect(new Set(handles.map((handle) => JSON.stringify(handle))).size).toBe(1)
    const service = aws.service()
    expect(await submit(service, prepared)).toEqual(handles[0])
    const found = await all(service.find({ token: prepared.labels.token }, { signal: signal() }))
    expect(found).toHaveLength(1)
    await service.cancel(handles[0]!, { signal: signal() })
    expect(await until(service, handles[0]!, isOver)).toMatchObject({ phase: 'stopped', kind: 'stopped' })
    // A name stays taken: the attempt's job is over, and there is no other.
    expect(await submit(service, prepared)).toEqual(handles[0])
  })

  // sagemaker-python-sdk retries creates by itself; Prefect created three.
  it('whose answer is lost is not sent again by itself, and its job is found', async () => {
    const service = aws.service()
    const prepared = aws.prepared()
    aws.simulator.clearCalls()
    aws.simulator.addFaults({ operation: 'sagemaker.CreateTrainingJob', kind: 'reset-after' })
    await expect(submit(service, prepared)).rejects.toMatchObject({ kind: 'infra' })
    expect(callsOf('sagemaker.CreateTrainingJob')).toBe(1)
    const [found] = await all(service.find({ token: prepared.labels.token }, { signal: signal() }))
    expect(found?.fingerprint).toBe(prepared.fingerprint)
    expect((await submit(service, prepared)).id).toBe(found?.handle.id)
  })

  it('that SageMaker could not answer may have been done, and is not sent again by itself', async () => {
    aws.simulator.clearCalls()
    aws.simulator.addFaults({ operation: 'sagemaker.CreateTrainingJob', kind: 'server-error' })
    await expect(submit(aws.service(), aws.prepared())).rejects.toMatchObject({ kind: 'infra' })
    expect(callsOf('sagemaker.CreateTrainingJob')).toBe(1)
  })

  it('that is throttled was not done, and is sent again', async () => {
    aws.simulator.addFaults({ operation: 'sagemaker.CreateTrainingJob', kind: 'throttle', times: 2 })
    const service = aws.service()
    const handle = await submit(service, aws.prepared())
    expect((await until(service, handle, isOver)).phase).toBe('succeeded')
  })

  it('or a look that is throttled after AWS has answered others waits no longer than the first one that was', async () => {
    const clock = new WaitingClock()
    const service = aws.service(new CallBudget({ clock, rates: PLENTY, random: () => 0 }), clock)
    const before = clock.now()
    for (let n = 0; n < 4; n += 1) {
      aws.simulator.addFaults({ operation: 'sagemaker.DescribeTrainingJob', kind: 'throttle' })
      expect(await service.jobs.describe('sidestep-none', signal())).toBeUndefined()
    }
    expect(clock.now() - before).toBeLessThan(4_500)
  })

  it('of another request under the same name is refused', async () => {
    const service = aws.service()
    const prepared = aws.prepared()
    await submit(service, prepared)
    await expect(submit(service, { ...prepared, fingerprint: 'e'.repeat(64) })).rejects.toMatchObject({
      code: 'LAUNCH_CONFLICT',
      kind: 'config',
      hint: expect.stringContaining('delete-training-job') as string,
    })
  })

  // Names have a part of the token.
  it('of another attempt under the same name is refused', async () => {
    const service = aws.service()
    const prepared = aws.prepared()
    await submit(service, prepared)
    const labels = { ...prepared.labels, token: `${prepared.labels.token.slice(0, 20)}${'0'.repeat(12)}` }
    await expect(submit(service, { ...prepared, labels })).rejects.toMatchObject({ code: 'LAUNCH_CONFLICT' })
  })

  // zenml #4963, #5108: without quota, a run was pending until somebody looked.
  it('for which there is no quota fails at once, as that', async () => {
    aws.simulator.addFaults({ operation: 'sagemaker.CreateTrainingJob', kind: 'capacity' })
    await expect(submit(aws.service(), aws.prepared())).rejects.toMatchObject({
      kind: 'quota',
      message: expect.stringContaining('ResourceLimitExceeded') as string,
      hint: expect.stringContaining('settings.instanceTypes') as string,
    })
  })

  it('with credentials that have ended gets new ones, once', async () => {
    aws.simulator.addFaults({ operation: 'sagemaker.CreateTrainingJob', kind: 'expired-token' })
    const service = aws.service()
    const handle = await submit(service, aws.prepared())
    expect((await until(service, handle, isOver)).phase).toBe('succeeded')
    aws.simulator.addFaults({ operation: 'sagemaker.CreateTrainingJob', kind: 'expired-token', times: 2 })
    await expect(submit(service, aws.prepared())).rejects.toMatchObject({ kind: 'auth' })
  })

  // ZenML #3750, #180: secrets were in the environment that DescribeTrainingJob shows.
  it('never sends a secret', async () => {
    const service = aws.service()
    const { request, labels, fingerprint } = aws.prepared()
    aws.simulator.clearCalls()
    await service.submit(request, { labels, fingerprint, nonce: 'n', secrets: { TOKEN: SECRET }, signal: signal() })
    expect(JSON.stringify(aws.simulator.calls)).not.toContain(SECRET)
    const described = await service.jobs.describe(String(request.trainingJob.TrainingJobName), signal())
    expect(JSON.stringify(described)).not.toContain(SECRET)
  })

  it('is ended by its signal', async () => {
    aws.simulator.addFaults({ operation: 'sagemaker.CreateTrainingJob', kind: 'slow', delayMs: 4_000 })
    const { request, labels, fingerprint } = aws.prepared()
    const call = aws
      .service()
      .submit(request, { labels, fingerprint, nonce: 'n', secrets: {}, signal: AbortSignal.timeout(1_500) })
    await expect(call).rejects.toMatchObject({ name: 'TimeoutError' })
  })
})

describe('find', () => {
  it('gives the jobs of a run, or of a journal, and no others', async () => {
    const service = aws.service()
    const runId = 'my-run-1'
    const journalId = 'c'.repeat(32)
    const mine = aws.prepared('0', {}, { runId, journalId })
    // Its run's id ends as the other one does.
    const other = aws.prepared('0', {}, { runId: 'not-my-run-1' })
    await submit(service, mine)
    await submit(service, other)
    const idsOf = async (query: object): Promise<readonly string[]> =>
      (await all(service.find(query, { signal: signal() }))).map(({ labels }) => labels.token)
    expect(await idsOf({ runId })).toEqual([mine.labels.token])
    expect(await idsOf({ journalId, runId })).toEqual([mine.labels.token])
    expect(await idsOf({ runId: 'not-my-run-1' })).toEqual([other.labels.token])
    expect(await idsOf({ token: mine.labels.token, runId: 'not-my-run-1' })).toEqual([])
    expect(await idsOf({ token: 'f'.repeat(32) })).toEqual([])
    // Names have but a part of tokens and journals.
    expect(await idsOf({ token: `${mine.labels.token.slice(0, 20)}${'0'.repeat(12)}` })).toEqual([])
    expect(await idsOf({ journalId: 'd'.repeat(32), runId })).toEqual([])
  })

  // SageMaker forgets no job: whoever looked for orphans described all that there had ever been, and had no time left for the last ones.
  it('gives live jobs, without a look at those that have ended', async () => {
    const service = aws.service()
    const ended = await submit(service, aws.prepared())
    await until(service, ended, isOver)
    const live = aws.prepared('setTimeout(() => {}, 60000)')
    const { id } = await submit(service, live)
    aws.simulator.clearCalls()
    const { journalId } = live.labels
    const found = await all(service.find({ journalId, live: true }, { signal: signal() }))
    const tokens = found.map(({ labels }) => labels.token)
    expect(tokens).toContain(live.labels.token)
    expect(found.map(({ handle }) => handle.id)).not.toContain(ended.id)
    const described = aws.simulator.calls.filter(({ operation }) => operation === 'DescribeTrainingJob')
    expect(described.map(({ request }) => request)).toContainEqual({ TrainingJobName: id })
    expect(described.map(({ request }) => request)).not.toContainEqual({ TrainingJobName: ended.id })
    await service.cancel({ id, instanceCount: 1 }, { signal: signal() })
  })
})

describe('the turn of a create', () => {
  const ONE: CallRate = { perSecond: 1 / 3_600, burst: 1 }
  const once = (): TrainingJobService => aws.service(new CallBudget({ rates: { ...PLENTY, CreateTrainingJob: ONE } }))

  it('is had once: the create that follows sends at once, and another one waits for its own', async () => {
    const service = once()
    const [first, second] = [aws.prepared(), aws.prepared()]
    await service.turn(first.labels, { signal: signal() })
    const handle = await submit(service, first)
    expect((await until(aws.service(), handle, isOver)).phase).toBe('succeeded')
    const left = new AbortController()
    const waiting = service.turn(second.labels, { signal: left.signal })
    left.abort(new Error('left'))
    await expect(waiting).rejects.toThrow('left')
  })

  it('is waited for by a create that did not have it', async () => {
    const service = once()
    await submit(service, aws.prepared())
    const { request, labels, fingerprint } = aws.prepared()
    const options = { labels, fingerprint, nonce: 'n'.repeat(32), secrets: {}, signal: AbortSignal.timeout(200) }
    const before = callsOf('sagemaker.CreateTrainingJob')
    await expect(service.submit(request, options)).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(callsOf('sagemaker.CreateTrainingJob')).toBe(before)
  })
})

describe('cancel', () => {
  it('of a job that has ended, was cancelled before or is not there is success', async () => {
    const service = aws.service()
    const handle = await submit(service, aws.prepared())
    await until(service, handle, isOver)
    for (let n = 0; n < 2; n += 1) await service.cancel(handle, { signal: signal() })
    const patient = aws.service(undefined, new WaitingClock())
    await patient.cancel({ ...handle, id: 'sidestep-none' }, { signal: signal() })
    expect((await until(service, handle, isOver)).phase).toBe('succeeded')
  })
})
