import type { RunEvent } from '@sidestep/core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { PlainView } from '../src/view/plain-view.ts'
import { RunModel } from '../src/view/run-model.ts'
import { runStarted, stepEvents } from './helpers/events.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const load = stepEvents({ id: 'a', name: 'load', operator: 'gpu' })
const train = stepEvents({ id: 'b', name: 'train' })

function viewOf(): { readonly view: PlainView; readonly written: string[]; see(...events: readonly RunEvent[]): void } {
  const model = new RunModel()
  const written: string[] = []
  const view = new PlainView(model, (text) => written.push(...text.trimEnd().split('\n')))
  const see = (...events: readonly RunEvent[]): void => {
    for (const event of events) {
      model.apply(event)
      view.event(event)
    }
  }
  return { view, written, see }
}

test('of a step that is kept it is not said that it started', () => {
  const { view, written, see } = viewOf()
  see(runStarted({ launcher: 2 }), load.started(), train.started(), train.kept(), load.kept())
  vi.advanceTimersByTime(10_000)
  view.close()
  expect(written.slice(1)).toEqual([
    '[train] -- kept: its result is there from before',
    '[load] -- kept: its result is there from before',
  ])
})

test('of the other steps of a run that goes on it is said as soon as that is known, before all else of them', () => {
  const { view, written, see } = viewOf()
  see(runStarted({ launcher: 2 }), load.started(), train.started(), load.attempt(2))
  expect(written.slice(1)).toEqual(['[load] -- started on gpu', '[load] -- attempt 2'])
  vi.advanceTimersByTime(1_000)
  expect(written.slice(3)).toEqual(['[train] -- started in this process'])
  view.close()
  expect(written).toHaveLength(4)
})

test('what is not known yet when the view ends is said', () => {
  const { view, written, see } = viewOf()
  see(runStarted({ launcher: 2 }), train.started())
  expect(written).toHaveLength(1)
  view.close()
  expect(written.slice(1)).toEqual(['[train] -- started in this process'])
})

test('the first launcher has nothing that is kept: its steps are told at once', () => {
  const { written, see } = viewOf()
  see(runStarted(), train.started())
  expect(written.slice(1)).toEqual(['[train] -- started in this process'])
})
