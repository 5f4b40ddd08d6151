import { expect, test } from 'vitest'
import { jobsTable } from '../src/view/jobs-list.ts'
import { jsonJob } from '../src/view/json-runs.ts'
import { plain } from '../src/view/style.ts'
import { clock } from './helpers/events.ts'
import { jobSummary } from './helpers/summaries.ts'

const options = { style: plain, now: clock(180_000) }

test('lists jobs with their phase and age, and the console where one has a page', () => {
  expect(jobsTable([jobSummary()], options)).toEqual([
    'job    run   step   attempt  operator  phase    age',
    'job-1  run1  train  1        gpu       running  3m',
  ])
  const job = jobSummary({ consoleUrl: 'https://console/job-1', providerState: 'InProgress' })
  expect(jobsTable([job], options)[1]).toBe(
    'job-1  run1  train  1        gpu       running (InProgress)  3m   https://console/job-1',
  )
})

test('says why a job is an orphan, and why nothing is known of one', () => {
  const { phase: _phase, startedAt: _startedAt, ...unknown } = jobSummary({ id: 'job-2', problem: 'no such package' })
  const lines = jobsTable([jobSummary({ orphan: { because: 'its launcher is gone' } }), unknown], options)
  expect(lines[2]).toBe('  its launcher is gone')
  expect(lines[3]).toMatch(/^job-2 +run1 +train +1 +gpu +not known$/)
  expect(lines[4]).toBe('  no such package')
})

test('as JSON every field is there', () => {
  expect(Object.keys(jsonJob(jobSummary()))).toEqual(
    'id runId stepRunId step attempt operator flavor phase providerState startedAt consoleUrl handle orphan problem'.split(
      ' ',
    ),
  )
})
