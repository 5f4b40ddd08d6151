import type { RunEvent } from '@sidestep/core'
import { expect, test } from 'vitest'
import { plainLines } from '../src/view/plain-lines.ts'
import { RunModel } from '../src/view/run-model.ts'
import { runStarted, stepError, stepEvents, at } from './helpers/events.ts'

function linesOf(events: readonly RunEvent[]): string[] {
  const model = new RunModel()
  return events.flatMap((event) => {
    model.apply(event)
    return plainLines(event, model)
  })
}

test('tells a run line by line, each with its step in front', () => {
  const load = stepEvents({ id: 'a', name: 'load' })
  const train = stepEvents({ id: 'b', name: 'train', operator: 'gpu' })
  expect(
    linesOf([
      runStarted(),
      load.started(),
      load.succeeded(12),
      train.started(),
      train.attempt(),
      train.phase('queued'),
      train.phase('provisioning', 10, 'Starting'),
      // The word of the provider says no more.
      train.phase('running', 20, 'running'),
      train.log('epoch 1'),
      train.log('two\nlines\n'),
      train.ended(),
      train.succeeded(8_400),
      { type: 'warning', at: at(1), message: 'careful' },
      { type: 'run.succeeded', at: at(2), durationMs: 8_500 },
    ]),
  ).toEqual([
    'run run1 of penguins on the stack default',
    '[load] -- started in this process',
    '[load] -- succeeded in 12ms',
    '[train] -- started on gpu',
    '[train] -- queued',
    '[train] -- provisioning (Starting)',
    '[train] -- running',
    '[train] epoch 1',
    '[train] two',
    '[train] lines',
    '[train] -- succeeded in 8.4s',
    'warning: careful',
  ])
})

test('numbers a step that is called again', () => {
  const first = stepEvents({ id: 'a', name: 'train' })
  const second = stepEvents({ id: 'b', name: 'train' })
  expect(linesOf([first.started(), second.started(), first.log('one'), second.log('two')])).toEqual([
    '[train] -- started in this process',
    '[train#2] -- started in this process',
    '[train] one',
    '[train#2] two',
  ])
})

test('tells of attempts that are tried again, of detached ones and of failures', () => {
  const train = stepEvents({ id: 'b', name: 'train', operator: 'gpu' })
  const error = stepError(new Error('boom\nsecond line'))
  expect(
    linesOf([
      train.started(),
      train.ended({ error, willRetry: true }),
      train.attempt(2),
      train.ended({ detached: true }),
      train.failed(error),
    ]),
  ).toEqual([
    '[train] -- started on gpu',
    '[train] -- attempt 1 failed (step): boom; trying again',
    '[train] -- attempt 2',
    '[train] -- attempt 1 goes on without this process',
    '[train] -- failed after 900ms (step): boom',
  ])
})

test('lets no escape through, wherever it comes from', () => {
  const evil = '\u001B]0;title\u0007\u001B[2Jevil\u202E'
  const train = stepEvents({ id: 'b', name: evil, operator: evil })
  const lines = linesOf([
    runStarted(),
    train.started(),
    train.phase('running', 0, evil),
    train.log(evil),
    train.ended({ error: stepError(new Error(evil)), willRetry: true }),
    train.failed(stepError(new Error(evil))),
    { type: 'warning', at: at(0), message: evil, stepName: evil },
  ])
  expect(lines.join('\n')).toContain('evil')
  expect(lines.join('\n')).not.toMatch(/(?!\n)\p{Cc}|\u202E/u)
})

test('what the image builder does is told apart from what the step prints', () => {
  const train = stepEvents({ id: 'b', name: 'train', operator: 'box' })
  const attempt = { at: at(1), stepRunId: 'b', stepName: 'train', attempt: 1 }
  expect(
    linesOf([
      runStarted(),
      train.started(),
      train.attempt(),
      { type: 'log', ...attempt, stream: 'image', text: 'pushed 1 layer, 350 kB' },
      { type: 'attempt.image', ...attempt, image: 'r/steps@sha256:aa' },
      train.log('epoch 1'),
    ]).slice(2),
  ).toEqual(['[train] -- image: pushed 1 layer, 350 kB', '[train] -- image: r/steps@sha256:aa', '[train] epoch 1'])
})

test('a reason that is a list is told with the first item of it', () => {
  const train = stepEvents({ id: 'a', name: 'train' })
  const [, line] = linesOf([train.started(), train.failed(stepError(new Error('two keys are wrong:\n  size\n  zone')))])
  expect(line).toBe('[train] -- failed after 900ms (step): two keys are wrong: size')
})
