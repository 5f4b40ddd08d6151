import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'
import { expect, test } from 'vitest'
import { liveFrame } from '../src/view/live-frame.ts'
import { plain } from '../src/view/style.ts'
import { clock, runStarted, stepError, stepEvents } from './helpers/events.ts'
import { modelOf } from './helpers/model.ts'

const options = { now: clock(3_400), columns: 80, rows: 20, style: plain }

test('shows steps with their phase, its duration and the end of their log', () => {
  const load = stepEvents({ id: 'a', name: 'load' })
  const train = stepEvents({ id: 'b', name: 'train', operator: 'gpu' })
  const log = Array.from({ length: 30 }, (_, index) => train.log(`epoch ${index + 1}`))
  const model = modelOf([
    runStarted(),
    load.started(),
    load.succeeded(12),
    train.started(),
    train.phase('running', 1_000),
    ...log,
  ])
  expect(liveFrame(model, options)).toEqual([
    'penguins  run run1  stack default  3s',
    '✔ load   in process                12ms',
    '⠹ train  gpu         running       2s'.replace('⠹', spinnerAt(3_400)),
    '  │ epoch 27',
    '  │ epoch 28',
    '  │ epoch 29',
    '  │ epoch 30',
  ])
})

test('shows what failed, what came from the cache, attempts and a notice', () => {
  const a = stepEvents({ id: 'a', name: 'a' })
  const b = stepEvents({ id: 'b', name: 'b' })
  const c = stepEvents({ id: 'c', name: 'c', operator: 'gpu' })
  const model = modelOf([
    runStarted(),
    a.started(),
    a.failed(stepError(new Error('boom'))),
    b.started(),
    b.succeeded(1, true),
    c.started(),
    c.attempt(1),
    c.attempt(2),
    c.phase('queued', 3_000, 'Pending'),
  ])
  const frame = liveFrame(model, { ...options, notice: 'cancelling' })
  expect(frame.slice(1)).toEqual([
    '✖ a  in process  failed        900ms',
    '✔ b  in process  from the cache  1ms',
    `${spinnerAt(3_400)} c  gpu         queued        0s  attempt 2  (Pending)`,
    'cancelling',
  ])
})

test('stays within the terminal, whatever its size and whatever runs', () => {
  const events = Array.from({ length: 60 }, (_, index) => {
    const step = stepEvents({ id: `${index}`, name: `step-${index}-with-a-long-name-你好-🐧`, operator: 'gpu' })
    const running = [step.started(), step.phase('running'), step.log('x'.repeat(500)), step.log('你'.repeat(200))]
    return index % 2 === 0 ? running : [...running, step.succeeded()]
  })
  const model = modelOf([runStarted(), ...events.flat()])
  for (const rows of [1, 2, 3, 5, 10, 24, 100, 500]) {
    for (const columns of [2, 10, 40, 80, 200]) {
      const frame = liveFrame(model, { ...options, rows, columns, notice: 'a notice that is quite long' })
      expect(frame.length).toBeLessThanOrEqual(rows)
      for (const line of frame) expect(stringWidth(line), line).toBeLessThanOrEqual(columns)
    }
  }
})

test('counts what there is no room for', () => {
  const finished = Array.from({ length: 30 }, (_, index) => stepEvents({ id: `f${index}`, name: `f${index}` }))
  const running = Array.from({ length: 30 }, (_, index) => stepEvents({ id: `r${index}`, name: `r${index}` }))
  const model = modelOf([
    runStarted(),
    ...finished.flatMap((step) => [step.started(), step.succeeded()]),
    ...running.map((step) => step.started()),
  ])
  const frame = liveFrame(model, { ...options, rows: 11 })
  expect(frame).toHaveLength(11)
  expect(frame[1]).toBe('  … 30 finished')
  expect(frame.at(-1)).toBe('  … 22 more running')
})

test('lets no escape of a log through', () => {
  const train = stepEvents({ id: 'b', name: 'train', operator: 'gpu' })
  const model = modelOf([runStarted(), train.started(), train.log('\u001B[31mred\u001B]0;owned\u0007')])
  const frame = liveFrame(model, options).join('\n')
  expect(frame).toContain('│ red')
  expect(stripVTControlCharacters(frame)).toBe(frame)
})

function spinnerAt(milliseconds: number): string {
  return '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'[Math.floor(clock(milliseconds) / 100) % 10] ?? ''
}

test('shows nothing of a run that has not begun, but what is said beside it', () => {
  expect(liveFrame(modelOf([]), options)).toEqual([])
  expect(liveFrame(modelOf([]), { ...options, notice: 'cancelling' })).toEqual(['cancelling'])
})
