import { median, type Figure, type Report } from '../report.ts'
import { resolvedAfterMs } from './resolved-promises.ts'
import { waitForJobs, type Waiting } from './waiting-launcher.ts'

/** Jobs that one launcher waits for, and the most calls for each in an hour. */
const COUNTS: readonly { readonly jobs: number; readonly target: number }[] = [
  { jobs: 1, target: 400 },
  { jobs: 100, target: 15 },
  { jobs: 1_000, target: 10 },
]
/**
 * In looks: the last one may just have been; a list that serves several may be a third of a look old; and of a job that left no result,
 * the last lines of its log are waited for, for 3 seconds.
 */
const TARGET_LOOKS = 1.6
/** Half of a look and of a list's age, and those lines; ends come at random times, so it is a little more. */
const TARGET_MEDIAN = 1.2

/** The default of `pollInterval`, in milliseconds. */
const LOOK_MS = 15_000

/** What a launcher that waits for training jobs asks of SageMaker, and how soon it knows that one has ended. */
export async function trainingJobs(): Promise<Report> {
  const figures: Figure[] = []
  const notes: string[] = []
  for (const { jobs, target } of COUNTS) {
    const waiting = await waitForJobs(jobs)
    const { throttled, noticedMs, seenMs, pollMs } = waiting
    const name = jobs === 1 ? '1 job' : `${jobs} jobs`
    figures.push(
      { what: `${name}, calls per job-hour`, value: total(waiting) / jobs, unit: 'calls', target },
      { what: `${name}, calls that were throttled`, value: throttled, unit: 'calls', target: 0 },
      { what: `${name}, from an end to the end of the launch (median)`, value: median(noticedMs), unit: 'ms' },
      { what: `${name}, the same in looks (median)`, value: median(noticedMs) / pollMs, target: TARGET_MEDIAN },
      { what: `${name}, the same in looks (most)`, value: Math.max(...noticedMs) / pollMs, target: TARGET_LOOKS },
    )
    const calls = Object.entries(waiting.calls).map(([operation, count]) => `${count} ${operation}`)
    notes.push(
      `${name}: ${calls.join(', ')} in an hour; all were seen ${Math.round(seenMs / 1_000)} s after they were launched`,
    )
  }
  const resolvedMs = await resolvedAfterMs()
  const what = `${resolvedMs.length} jobs that run, from an end to the resolved promise`
  figures.push(
    { what: `${what} (median)`, value: median(resolvedMs), unit: 'ms' },
    { what: `${what}, in looks (most)`, value: Math.max(...resolvedMs) / LOOK_MS, target: TARGET_LOOKS },
  )
  return {
    title: 'training-jobs: calls of SageMaker while a launcher waits, and when it knows that a job has ended',
    figures,
    notes: [
      ...notes,
      "by a simulator with SageMaker's quotas of 2 ListTrainingJobs and a CreateTrainingJob a second, whose time goes on only between calls; jobs that run do so in real time",
    ],
  }
}

function total({ calls }: Waiting): number {
  return Object.values(calls).reduce((sum, count) => sum + count, 0)
}
