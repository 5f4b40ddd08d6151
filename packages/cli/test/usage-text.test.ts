import type { JobUsage, RunEvent } from '@sidestep/core'
import { expect, test } from 'vitest'
import { plainLines } from '../src/view/plain-lines.ts'
import { RunModel } from '../src/view/run-model.ts'
import { usageText } from '../src/view/usage-text.ts'
import { at, stepEvents } from './helpers/events.ts'

test.each<[JobUsage, string]>([
  [
    { runSeconds: 312, billableSeconds: 100, instanceType: 'ml.g5.xlarge', instanceCount: 2 },
    '2 x ml.g5.xlarge for 5m 12s, 1m 40s of it billed (68 % less)',
  ],
  [{ runSeconds: 60, billableSeconds: 60, instanceType: 'ml.m5.large', instanceCount: 1 }, 'ml.m5.large for 1m 00s'],
  // What was retried is billed too.
  [{ runSeconds: 60, billableSeconds: 90, instanceType: 'ml.m5.large' }, 'ml.m5.large for 1m 00s, 1m 30s billed'],
  [{ billableSeconds: 90, instanceCount: 3 }, '3 x machines, 1m 30s billed'],
  [{ runSeconds: 0, billableSeconds: 1 }, 'for 0ms, 1.0s billed'],
  [{ runSeconds: 1, instanceType: 'a\u001b[31mb' }, 'ab for 1.0s'],
])('%o is %s', (usage, text) => {
  expect(usageText(usage)).toBe(text)
})

test('what a job has used is told behind its step', () => {
  const train = stepEvents({ id: 'b', name: 'train', operator: 'gpu' })
  const usage = { runSeconds: 312, billableSeconds: 100, instanceType: 'ml.g5.xlarge' }
  const about = { at: at(0), stepRunId: 'b', stepName: 'train', attempt: 1 }
  const used: RunEvent = { ...about, type: 'attempt.usage', usage }
  const model = new RunModel()
  const lines = [train.started(), train.attempt(), used].flatMap((event) => {
    model.apply(event)
    return plainLines(event, model)
  })
  expect(lines.at(-1)).toBe('[train] -- used: ml.g5.xlarge for 5m 12s, 1m 40s of it billed (68 % less)')
})
