import { SidestepError } from '@sidestep/core'
import { expect, test } from 'vitest'
import { jsonRunDetails } from '../src/view/json-runs.ts'
import { plain } from '../src/view/style.ts'
import { runStory } from '../src/view/run-story.ts'
import { localTime } from '../src/view/when.ts'
import { at, clock, runStarted, stepError, stepEvents } from './helpers/events.ts'
import { modelOf } from './helpers/model.ts'
import { launcher, owner, runDetails } from './helpers/summaries.ts'

const options = { style: plain, cwd: '/project', now: clock(180_000), environmentOf: () => undefined, failure: [] }
const load = stepEvents({ id: 'a', name: 'load' })
const train = stepEvents({ id: 'b', name: 'train', operator: 'gpu' })
const preempted = new SidestepError('the step train failed: the machine was taken', {
  code: 'JOB_FAILED',
  kind: 'infra',
})

const artifact = {
  name: 'value',
  uri: 'file:///s/runs/run1/b/2/1/outputs/value',
  size: 2_048,
  sha256: 'x',
  materializer: 'json',
}

test('tells of launchers, steps, attempts, artifacts, the result and the end', () => {
  const model = modelOf([
    runStarted(),
    train.started(),
    train.attempt(1),
    train.ended({ error: preempted, willRetry: true }),
    train.attempt(2),
    train.ended({ attempt: 2 }),
    train.succeeded(8_400),
    { type: 'run.succeeded', at: at(9_000), durationMs: 9_000 },
  ])
  const details = runDetails({
    endedAt: at(9_000),
    durationMs: 9_000,
    result: { accuracy: 1 },
    launchers: [launcher(1, 4700, 0), launcher(2, 4800, 5_000)],
    ends: [{ version: 1, n: 2, status: 'succeeded', at: at(9_000), durationMs: 4_000, spent: {} }],
    steps: [{ stepRunId: 'b', stepName: 'train', artifacts: [artifact], attempts: [] }],
  })
  expect(runStory(details, model, options)).toEqual([
    'run run1 of penguins: succeeded, 9.0s',
    '  stack      default',
    '  store      file:///project/.sidestep/store',
    '  module     src/pipeline.ts in /project',
    `  started    ${localTime(at(0))} (3m ago)`,
    `  ended      ${localTime(at(9_000))} (2m ago)`,
    `  launchers  1  pid 4700 on machine, from ${localTime(at(0))}; replaced`,
    `             2  pid 4800 on machine, from ${localTime(at(5_000))}; ended ${localTime(at(9_000))}: succeeded`,
    '  result     {"accuracy":1}',
    '',
    'step   status      time  ran in                    phases',
    'train  succeeded   8.4s  gpu: pid 4711 on machine  queued 200ms, running 8.2s',
    '       2 attempts',
    '  in .sidestep/jobs/abc',
    '',
    'attempts of train',
    '  1  failed (infra): the machine was taken',
    '  2  succeeded',
    '',
    'artifacts of  name   type  size   where',
    'train         value  json  2 KiB  file:///s/runs/run1/b/2/1/outputs/value',
  ])
})

test('says of an interrupted run what is not known, and how it goes on', () => {
  const model = modelOf([runStarted(), load.started(), load.succeeded(300), train.started(), train.attempt(1)])
  model.apply(train.handle({ id: 'job-1' }))
  model.apply(train.phase('running'))
  const details = runDetails({ state: 'interrupted', owner: { ...owner, state: 'gone' } })
  const text = runStory(details, model, options).join('\n')
  expect(text).toMatch(/^run run1 of penguins: interrupted$/m)
  expect(text).toMatch(/pid 4700 on machine, from .+; gone$/m)
  expect(text).toMatch(/^train +unfinished +gpu +last seen running$/m)
  expect(text).toContain('attempts of train\n  1  begun, and its end is not known\n')
  expect(text).toMatch(/\n\ngo on with it: sidestep runs resume run1$/)
})

test('an attempt that no event ended is told by its recorded outcome', () => {
  const model = modelOf([runStarted(), train.started(), train.attempt(1)])
  model.apply(train.handle({ id: 'job-1' }))
  model.settle([
    {
      stepRunId: 'b',
      stepName: 'train',
      artifacts: [],
      attempts: [
        { number: 1, outcome: { status: 'failed', kind: 'stopped', reason: 'the run ended without it\nmore' } },
      ],
    },
  ])
  const text = runStory(runDetails({ state: 'cancelled' }), model, options).join('\n')
  expect(text).toContain('attempts of train\n  1  stopped: the run ended without it')
  expect(text).not.toContain('its end is not known')
})

test('says a warning once that each launcher gave', () => {
  const warning = { type: 'warning', at: at(0), message: 'careful' } as const
  const model = modelOf([runStarted(), warning, runStarted({ launcher: 2 }), warning])
  expect(jsonRunDetails(runDetails(), model, { verbose: false }).warnings).toEqual(['careful'])
})

test('says of a run that is at work how it is followed and ended, and of a silent one how it is taken over', () => {
  const model = modelOf([runStarted()])
  const live = runStory(runDetails({ state: 'running', owner }), model, options)
  expect(live.slice(-2)).toEqual(['follow it: sidestep runs attach run1', 'end it: sidestep runs cancel run1'])
  const silent = { ...owner, state: 'silent', lastHeardAt: at(60_000) } as const
  const [last] = runStory(runDetails({ state: 'silent', owner: silent }), model, options).slice(-1)
  expect(last).toBe(
    'its launcher says nothing (pid 4700 on machine, silent, heard of 2m ago); if it is stopped for good: sidestep runs resume run1 --take-over',
  )
})

test('lists every step of a wide fan-out', () => {
  const steps = Array.from({ length: 100 }, (_, index) => stepEvents({ id: `${index}`, name: 'fit', operator: 'gpu' }))
  const model = modelOf([runStarted(), ...steps.flatMap((step) => [step.started(), step.succeeded()])])
  expect(runStory(runDetails(), model, options).filter((line) => /^fit(?:#\d+)? +succeeded/.test(line))).toHaveLength(
    100,
  )
})

test('the same as JSON: artifacts with their step, errors with their kind', () => {
  const failure = stepError(new Error('boom'))
  const model = modelOf([runStarted(), train.started(), train.attempt(1), train.failed(failure)])
  const error = { name: 'SidestepError', message: 'boom', code: 'STEP_FAILED', kind: 'step' }
  const details = runDetails({
    state: 'failed',
    error,
    ends: [{ version: 1, n: 1, status: 'failed', at: at(900), durationMs: 900.4, error, spent: { b: 1 } }],
    steps: [{ stepRunId: 'b', stepName: 'train', artifacts: [artifact], attempts: [] }],
  })
  expect(JSON.parse(JSON.stringify(jsonRunDetails(details, model, { verbose: false })))).toMatchObject({
    runId: 'run1',
    state: 'failed',
    endedAt: null,
    owner: null,
    error,
    launchers: [{ n: 1, host: 'machine', pid: 4700, at: at(0) }],
    ends: [{ n: 1, status: 'failed', durationMs: 900, error }],
    steps: [{ label: 'train', status: 'failed', error: { kind: 'step' }, artifacts: [artifact] }],
  })
})

test('tells of each attempt which image it ran in', () => {
  const image = 'r/steps@sha256:aa'
  const model = modelOf([
    runStarted(),
    train.started(),
    train.attempt(1),
    { type: 'attempt.image', at: at(1), stepRunId: 'b', stepName: 'train', attempt: 1, image },
    train.ended(),
    train.succeeded(8_400),
    { type: 'run.succeeded', at: at(9_000), durationMs: 9_000 },
  ])
  const details = runDetails({ steps: [{ stepRunId: 'b', stepName: 'train', artifacts: [], attempts: [] }] })
  expect(runStory(details, model, options).join('\n')).toContain(
    'attempts of train\n  1  succeeded\n     r/steps@sha256:aa',
  )
  const { steps } = jsonRunDetails(details, model, { verbose: false })
  expect(steps[0]?.attempts).toEqual([{ number: 1, status: 'succeeded', image }])
})
