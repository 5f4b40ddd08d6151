import { isDeepStrictEqual } from 'node:util'

import type { LogLine } from '@sidestep/core'

import { hold, shown } from '../../hold.ts'
import { calls } from '../../steps.ts'
import { LOGGED, prints } from '../../steps/logs.ts'
import type { Check } from '../../test-function.ts'
import { readAttempts } from '../attempt-evidence.ts'
import { jobServiceOf } from '../job-service-of.ts'
import { noteAsked } from '../note-asked.ts'
import { call, expectReturned, runCase } from '../run-case.ts'
import type { StepOperatorSubject } from '../subject.ts'

type Line = Pick<LogLine, 'stream' | 'text'>

const MEND =
  "launch() must leave the job's process alone until it has ended by itself: it writes the rest of its log before it does. Its own output needs a reader, or a file."

export const checks: readonly Check<StepOperatorSubject>[] = [
  {
    name: 'a log of thousands of lines, long ones and one without an end is kept whole, once and in order, and so does who follows it get it',
    run: async (subject) => {
      const opened = await subject.open()
      const service = jobServiceOf(opened.operator)
      const asked = service === undefined ? undefined : noteAsked(service)
      const run = await runCase(subject, calls, [call(prints)], { opened })
      expectReturned(run, [undefined], 'a step that prints')
      const [attempt] = await readAttempts(run.runId, run)
      const kept = attempt?.incarnations[0]?.lines ?? []
      for (const stream of ['stdout', 'stderr'] as const) expectSame(joined(kept, stream), stream)
      hold(
        kept.every(({ n }, index) => n === index + 1),
        {
          seen: `the lines of the log have the numbers ${shown(kept.map(({ n }) => n))}`,
          must: 'they count from 1, without a gap',
          mend: MEND,
        },
      )
      const followed = run.events.flatMap((event) => (event.type === 'log' ? [pick(event)] : []))
      expectEqual(followed.filter(isOwn), kept, 'who follows the run')
      hold((asked?.logs ?? 0) === 0, {
        seen: `the provider was asked ${asked?.logs} times for the log of a job that wrote its own`,
        must: "the provider's log is asked for where a job has none of its own: providers limit how often",
        mend: 'Leave launch() of JobStepOperator as it is, and read no log while you observe.',
      })
    },
  },
]

/** Lines as they were printed: those that were cut are whole again. */
function joined(lines: readonly LogLine[], stream: LogLine['stream']): readonly string[] {
  const whole: string[] = []
  let begun = ''
  for (const { text, partial } of lines.filter((line) => line.stream === stream)) {
    begun += text
    if (partial === true) continue
    whole.push(begun)
    begun = ''
  }
  return begun === '' ? whole : [...whole, begun]
}

function expectSame(seen: readonly string[], stream: LogLine['stream']): void {
  const expected = LOGGED[stream]
  const at = expected.findIndex((text, index) => text !== seen[index])
  hold(at === -1 && seen.length === expected.length, () => ({
    seen: `of ${expected.length} lines on ${stream}, ${seen.length} are in the log; line ${at + 1} is ${shown(seen[at])} instead of ${shown(expected[at])}`,
    must: 'the log has every line that the step prints, once and in order',
    mend: MEND,
  }))
}

function expectEqual(seen: readonly Line[], kept: readonly LogLine[], who: string): void {
  hold(isDeepStrictEqual(seen, kept.map(pick)), () => ({
    seen: `${who} got ${seen.length} lines, from ${shown(seen[0])} to ${shown(seen.at(-1))}; the log has ${kept.length}`,
    must: 'whoever reads a log gets every line of it, once and in order',
    mend: MEND,
  }))
}

function pick({ stream, text }: { readonly stream: string; readonly text: string }): Line {
  return { stream: stream as Line['stream'], text }
}

/** Not what an image builder has to say, or a provider. */
function isOwn({ stream }: Line): boolean {
  return stream === 'stdout' || stream === 'stderr'
}
