import { describe, expect, it } from 'vitest'

import { LeapingClock } from '../support/leaping-clock.ts'
import { twistingProxy } from '../support/twisting-proxy.ts'
import { isOver, signal, simulatedJobs, submit, until } from './simulated-jobs.ts'

const MINUTE_MS = 60_000

/** AWS's clock, so many minutes ahead of this machine's. */
function ahead(minutes: number): LeapingClock {
  const clock = new LeapingClock()
  clock.leap(minutes * MINUTE_MS)
  return clock
}

// SageMaker refuses a signature that is more than five minutes off. Who took new credentials for it was refused for ever.
describe.each([10, -10])('where the clock of AWS is %d minutes ahead', (minutes) => {
  const clock = ahead(minutes)
  const aws = simulatedJobs({ clock })

  it('the first create of a launcher makes its job, which is watched, found and read', async () => {
    const service = aws.service()
    const prepared = aws.prepared('console.log("hi")')
    aws.simulator.clearCalls()
    const handle = await submit(service, prepared)
    const creates = aws.simulator.calls.filter(({ operation }) => operation === 'CreateTrainingJob')
    expect(creates.map(({ status, errorCode }) => [status, errorCode])).toEqual([
      [400, 'InvalidSignatureException'],
      [200, undefined],
    ])
    const end = await until(service, handle, isOver)
    expect(end.phase).toBe('succeeded')
    // What is told is AWS's time.
    expect(Math.abs(Date.parse(end.at) - clock.now())).toBeLessThan(MINUTE_MS)
    const refused = aws.simulator.calls.filter(({ service: name, status }) => name === 'sagemaker' && status !== 200)
    expect(refused).toHaveLength(1)
    const { lines } = await service.logs(handle, undefined, { signal: signal() })
    expect(lines).toEqual(['hi'])
  })

  it('a create is signed anew until its time is taken, where what an answer says of it is wrong', async () => {
    const service = aws.service()
    const prepared = aws.prepared()
    aws.simulator.addFaults({
      operation: 'sagemaker.CreateTrainingJob',
      kind: 'clock-off',
      delayMs: 30 * 60 * MINUTE_MS,
    })
    aws.simulator.clearCalls()
    const handle = await submit(service, prepared)
    const creates = aws.simulator.calls.filter(({ operation }) => operation === 'CreateTrainingJob')
    expect(creates.map(({ status }) => status)).toEqual([400, 400, 200])
    expect((await until(service, handle, isOver)).phase).toBe('succeeded')
  })

  it('a call that breaks off takes back nothing of what another one has learned meanwhile', async () => {
    const came = Promise.withResolvers<void>()
    const broken = Promise.withResolvers<void>()
    const { endpoint } = await twistingProxy(aws.simulator.endpoint, async ({ n }) => {
      if (n > 1) return undefined
      came.resolve()
      await broken.promise
      return 'cut'
    })
    const { jobs } = aws.serviceAt(endpoint)
    const codes = (): unknown => aws.simulator.calls.map(({ errorCode }) => errorCode)
    aws.simulator.clearCalls()
    const first = jobs.describe('sidestep-unknown', signal())
    await came.promise
    await jobs.describe('sidestep-unknown', signal())
    expect(codes()).toEqual(['InvalidSignatureException', 'ValidationException'])
    aws.simulator.clearCalls()
    broken.resolve()
    await first
    expect(codes()).toEqual(['ValidationException'])
  })

  it('credentials that have expired beside it are renewed all the same', async () => {
    const service = aws.service()
    const handle = await submit(service, aws.prepared())
    aws.simulator.addFaults({ operation: 'sagemaker.DescribeTrainingJob', kind: 'expired-token' })
    expect((await until(service, handle, isOver)).phase).toBe('succeeded')
  })
})
