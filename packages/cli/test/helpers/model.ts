import type { RunEvent } from '@sidestep/core'
import { RunModel } from '../../src/view/run-model.ts'

export function modelOf(events: readonly RunEvent[]): RunModel {
  const model = new RunModel()
  for (const event of events) model.apply(event)
  return model
}
