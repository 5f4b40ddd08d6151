import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { plain } from '../src/view/style.ts'
import { summaryLines } from '../src/view/summary.ts'
import { at, jobProcess, runStarted, stepError, stepEvents } from './helpers/events.ts'
import { modelOf } from './helpers/model.ts'

const options = {
  style: plain,
  cwd: '/project',
  pid: 100,
  environmentOf: () => '/project/.sidestep/environments/e80801',
}
const load = stepEvents({ id: 'a', name: 'load' })
const train = stepEvents({ id: 'b', name: 'train', operator: 'gpu' })

test('says of each step how it ended, where it ran, and how long each phase took', () => {
  const model = modelOf([
    runStarted(),
    load.started(),
    load.succeeded(300),
    train.started(),
    train.attempt(1),
    train.attempt(2),
    train.succeeded(8_400),
    { type: 'run.succeeded', at: at(9_000), durationMs: 9_000 },
  ])
  expect(summaryLines(model, options)).toEqual([
    'step   status      time   ran in                    phases',
    'load   succeeded   300ms  this process, pid 100     queued 200ms, running 100ms',
    'train  succeeded   8.4s   gpu: pid 4711 on machine  queued 200ms, running 8.2s',
    '       2 attempts',
    '  in .sidestep/jobs/abc',
    '  packages of .sidestep/environments/e80801',
    'run run1 of penguins succeeded in 9.0s',
  ])
})

test('shows what failed, what was stopped, and what came from the cache', () => {
  const other = stepEvents({ id: 'c', name: 'other', operator: 'gpu' })
  const model = modelOf([
    runStarted(),
    load.started(),
    load.succeeded(1, true),
    train.started(),
    train.failed(stepError(new Error('boom'))),
    other.started(),
    { type: 'run.failed', at: at(9_000), durationMs: 9_000, error: new Error('boom') },
  ])
  const text = summaryLines(model, options).join('\n')
  expect(text).toMatch(/^load +cached +1ms +nowhere: from the cache/m)
  expect(text).toMatch(/^train +failed +900ms +gpu +running 900ms$/m)
  expect(text).toMatch(/^other +stopped +gpu$/m)
  expect(text).toMatch(/^run run1 of penguins failed after 9\.0s$/m)
})

test('says what was kept, and that it ran nowhere', () => {
  const model = modelOf([
    runStarted({ launcher: 2 }),
    load.started(),
    load.kept(),
    { type: 'run.succeeded', at: at(9), durationMs: 9 },
  ])
  expect(summaryLines(model, options)[1]).toMatch(/^load +kept +3ms +nowhere: there from before/)
})

test('steps of a launcher that is not this process are told as such', () => {
  const { pid: _pid, ...elsewhere } = options
  const model = modelOf([runStarted(), load.started(), load.succeeded(), train.started(), train.attempt()])
  model.apply(train.phase('running'))
  const lines = summaryLines(model, { ...elsewhere, untold: 'unfinished' })
  expect(lines[1]).toMatch(/^load +succeeded +1\.2s +the launcher's process/)
  expect(lines[2]).toMatch(/^train +unfinished +gpu +last seen running$/)
  expect(lines.at(-1)).toBe('run run1 of penguins has not ended')
})

test('says where a failed step ran, where its job told', () => {
  const model = modelOf([runStarted(), train.started(), train.failed(stepError(new Error('boom'), [], jobProcess))])
  const text = summaryLines(model, options).join('\n')
  expect(text).toMatch(/^train +failed +900ms +gpu: pid 4711 on machine +running 900ms$/m)
  expect(text).toContain('\n  in .sidestep/jobs/abc\n')
})

test('fits a terminal of usual width', () => {
  const model = modelOf([runStarted(), load.started(), load.succeeded(), train.started(), train.succeeded()])
  for (const line of summaryLines(model, { ...options, columns: 80 })) expect(stringWidth(line)).toBeLessThanOrEqual(80)
})

test('counts the steps of a wide fan-out, and lists those that did not succeed', () => {
  const steps = Array.from({ length: 1_000 }, (_, index) =>
    stepEvents({ id: `${index}`, name: 'train', operator: 'gpu' }),
  )
  const model = modelOf([
    runStarted(),
    ...steps.flatMap((step, index) => [
      step.started(),
      index === 7 ? step.failed(stepError(new Error('boom'))) : step.succeeded(),
    ]),
  ])
  const lines = summaryLines(model, options)
  expect(lines).toHaveLength(4)
  expect(lines[1]).toMatch(/^train#8 +failed/)
  expect(lines[2]).toBe('and train ×999 not listed')
})

test('lets no escape through', () => {
  const evil = stepEvents({ id: 'a', name: '\u001B[2Jevil', operator: '\u001B]0;x\u0007op' })
  const text = summaryLines(modelOf([runStarted(), evil.started(), evil.succeeded()]), options).join('\n')
  expect(text).toContain('evil')
  expect(stripVTControlCharacters(text)).toBe(text)
})
