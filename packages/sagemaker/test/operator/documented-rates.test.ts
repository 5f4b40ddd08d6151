import { subscribe } from 'node:diagnostics_channel'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Clock } from '@sidestep/core'
import { ManualClock } from '@sidestep/simulators'
import { expect, test } from 'vitest'

import type { TrainingJobRequest } from '../../src/operator/request.ts'
import { TrainingJobService } from '../../src/operator/training-job-service.ts'
import { config } from './job-to-prepare.ts'
import { isOver, signal, simulatedJobs, submit, until } from './simulated-jobs.ts'

/** One clock for the launcher and for AWS, which a test moves. */
const manual = new ManualClock(Date.now())
const clock: Clock = {
  date: () => new Date(manual.now()),
  now: () => manual.now(),
  sleep: async (ms, { signal: until = new AbortController().signal } = {}) => manual.wait(ms, { signal: until }),
}
/** The rates that AWS documents. */
const aws = simulatedJobs({ clock: manual, rates: {} })
/** It refuses what it is told to. */
const patient = simulatedJobs({ clock: manual })

const JOBS = 100
const POLL_MS = 15_000
const WATCHED_MS = 4 * 60_000
/** So much time goes by for each 2 milliseconds in which no call is on its way. */
const STEP_MS = 50

/** A call takes no time of the clock: on a slow machine it would be seconds, and two calls would come together. */
let onTheirWay = 0
subscribe('http.client.request.created', () => (onTheirWay += 1))
subscribe('http.client.response.finish', () => (onTheirWay -= 1))
subscribe('http.client.request.error', () => (onTheirWay -= 1))

/** Lets time go by for as long as something is not done. */
async function during<T>(work: Promise<T>): Promise<T> {
  let done = false
  void work.then(
    () => (done = true),
    () => (done = true),
  )
  while (!done) {
    await manual.advance(STEP_MS)
    do await sleep(2)
    while (onTheirWay > 0)
  }
  return work
}

test('a create that is refused waits, and then comes before those that were never sent', async () => {
  patient.simulator.clearCalls()
  patient.simulator.addFaults(
    { operation: 'sagemaker.CreateTrainingJob', kind: 'throttle' },
    { operation: 'sagemaker.CreateTrainingJob', kind: 'no-capacity', times: 4 },
  )
  const service = new TrainingJobService(config({ endpoint: patient.simulator.endpoint }), { clock })
  const jobs = Array.from({ length: 4 }, () => patient.prepared())
  const handles = await during(
    Promise.all(
      jobs.map(async (job) => {
        await service.turn(job.labels, { signal: signal() })
        return submit(service, job)
      }),
    ),
  )
  const creates = patient.simulator.calls.filter(({ operation }) => operation === 'CreateTrainingJob')
  const [first, ...others] = jobs.map(({ request }) => request.trainingJob.TrainingJobName)
  const [second, ...last] = others
  const sent = creates.map(({ request }) => (request as TrainingJobRequest | undefined)?.TrainingJobName)
  // Nothing is read of one that is refused.
  expect(sent).toEqual([undefined, second, first, ...last])
  const [refused, next] = creates
  await during(Promise.all(handles.map(async (handle) => until(service, handle, isOver))))
  expect(Number(next?.at) - Number(refused?.at)).toBeGreaterThanOrEqual(1_000)
})

// deepracer-on-aws #87, metaflow #634: jobs that wait for each other's end throttled their whole account.
test('a hundred jobs of two operators are created and watched by the usual budget, and no call is throttled', async () => {
  aws.simulator.addFaults({ operation: 'sagemaker.CreateTrainingJob', kind: 'stuck', times: JOBS })
  const place = config({ endpoint: aws.simulator.endpoint, pollInterval: POLL_MS })
  const services = [new TrainingJobService(place, { clock }), new TrainingJobService(place, { clock })]
  const handles = await during(
    Promise.all(
      services.map(async (service) =>
        Promise.all(Array.from({ length: JOBS / 2 }, async () => submit(service, aws.prepared()))),
      ),
    ),
  )
  const until = manual.now() + WATCHED_MS
  const seen = await during(
    Promise.all(
      services.map(async (service, index) => {
        for (;;) {
          const observations = await service.observe(handles[index]!, { signal: signal() })
          if (manual.now() >= until) return observations
          await clock.sleep(POLL_MS / 3)
        }
      }),
    ),
  )
  expect(seen.flatMap((observations) => [...observations.values()].map(({ phase }) => phase))).toEqual(
    Array.from({ length: JOBS }, () => 'queued'),
  )
  const calls = aws.simulator.calls.filter(({ service }) => service === 'sagemaker')
  expect(calls.filter(({ errorCode }) => errorCode === 'ThrottlingException')).toEqual([])
  const lists = calls.filter(({ operation }) => operation === 'ListTrainingJobs').length
  expect(lists).toBeGreaterThan(WATCHED_MS / POLL_MS)
  // One sweep for both operators, and not by the number of jobs.
  expect(lists).toBeLessThanOrEqual(WATCHED_MS / (POLL_MS / 3) + 1)
})
