import { isDeepStrictEqual } from 'node:util'

import type { FailureKind, SidestepError } from '@sidestep/core'

import { hold, shown } from '../../hold.ts'
import { calls, type Call } from '../../steps.ts'
import {
  exits,
  exitsWell,
  fillsItsHeap,
  killsItself,
  killsItsParent,
  neverSettles,
  overstays,
  returnsFunction,
  throws,
} from '../../steps/failures.ts'
import type { Check } from '../../test-function.ts'
import { readAttempts } from '../attempt-evidence.ts'
import { jobServiceOf } from '../job-service-of.ts'
import { ENDS_BY_ITSELF_MS, expectLeftAlone } from '../left-alone.ts'
import { call, failureOf, runCase, story, told, type CaseRun } from '../run-case.ts'
import type { StepOperatorSubject } from '../subject.ts'

const FOREVER_MS = 600_000

/** What must be said of a step that failed. */
interface Expected {
  readonly kinds: readonly FailureKind[]
  readonly message: RegExp
  readonly exitCode?: number
}

export const checks: readonly Check<StepOperatorSubject>[] = [
  {
    name: 'a step that throws or exits fails with the kind step: its error with cause and place, its exit code, and 0 is no success',
    run: async (subject) => {
      const run = await runCase(subject, calls, [call(throws, 12), call(exits, 7), call(exitsWell)])
      const failure = await failedOnce(run, throws, { kinds: ['step'], message: /DiskError: bad sector in "row 12"/ })
      checkError(failure)
      await failedOnce(run, exits, { kinds: ['step'], message: /exited with code 7/, exitCode: 7 })
      await failedOnce(run, exitsWell, { kinds: ['step'], message: /exited with code 0 before the step returned/ })
    },
  },
  {
    name: 'a step that is killed, fills its heap, never settles, overstays or returns what cannot be kept fails for that reason',
    run: async (subject) => {
      const opened = await subject.open()
      const { cancel } = opened.operator.capabilities
      const steps = [killsItself, fillsItsHeap, neverSettles, returnsFunction, killsItsParent]
      const milliseconds = cancel ? FOREVER_MS : ENDS_BY_ITSELF_MS * subject.timeoutFactor
      const wanted: readonly Call[] = [...steps.map((each) => call(each)), call(overstays, milliseconds)]
      const run = await runCase(subject, calls, wanted, { opened })
      await failedOnce(run, killsItself, { kinds: ['step'], message: /SIGKILL/ })
      await failedOnce(run, fillsItsHeap, { kinds: ['oom'], message: /heap memory/ })
      await failedOnce(run, neverSettles, { kinds: ['step'], message: /nothing was left that could settle/ })
      await failedOnce(run, returnsFunction, { kinds: ['step'], message: /model\.predict/ })
      if (!cancel) expectLeftAlone(run, overstays, 'run')
      else await failedOnce(run, overstays, { kinds: ['timeout'], message: /\b2(?:\.0)? ?s\b/ })
      // What a plain launch() sees of it is an exit code, which says nothing about whose fault it was.
      const plain: readonly FailureKind[] = jobServiceOf(run.operator) === undefined ? ['step'] : []
      await failedOnce(run, killsItsParent, { kinds: ['infra', 'preempted', 'oom', ...plain], message: /./ })
    },
  },
]

/** The one failure of a step, which must be told once, and be what was decided about its only attempt. */
async function failedOnce(
  run: CaseRun<unknown>,
  step: { readonly stepName: string },
  { kinds, message, exitCode }: Expected,
): Promise<SidestepError> {
  const { stepName } = step
  const failure = failureOf(run, step)
  hold(kinds.includes(failure.kind), () => ({
    seen: `the step ${stepName} failed with the kind ${failure.kind}: ${told(failure)}`,
    must: `its kind is ${kinds.join(' or ')}`,
    mend: 'What the job left in its result decides. launch() must reject with a SidestepError whose kind is right where there is none, and must not reject before the job has ended.',
  }))
  hold(message.test(failure.message) && failure.message.includes(stepName), () => ({
    seen: `the failure of the step ${stepName} says: ${failure.message}`,
    must: `it names the step, and what happened (${String(message)})`,
    mend: 'launch() must wait for the end of the job, so that the job can say why it failed.',
  }))
  if (exitCode !== undefined) {
    hold(failure.job?.exitCode === exitCode, {
      seen: `the failure of the step ${stepName} says that its exit code was ${shown(failure.job?.exitCode)}`,
      must: `it was ${exitCode}`,
      mend: 'launch() must wait for the end of the job, so that the job can say how its step ended.',
    })
  }
  const reports = run.events.filter((event) => 'stepName' in event && event.stepName === stepName)
  const count = (type: string): number => reports.filter((event) => event.type === type).length
  hold(count('step.failed') === 1 && count('attempt.ended') === 1 && count('attempt.started') === 1, () => ({
    seen: `a step that failed once was told about so:\n${story(run.events)}`,
    must: 'one attempt begins, ends and is told as one failure',
    mend: 'launch() must report nothing twice, and run the command once.',
  }))
  const attempts = await readAttempts(run.runId, { store: run.store, step })
  const decided = attempts.map(({ result }) => (result?.status === 'failed' ? result.kind : result?.status))
  hold(decided.length === 1 && decided[0] === failure.kind, {
    seen: `the step ${stepName} failed with the kind ${failure.kind}; result.json of its attempts says ${shown(decided)}`,
    must: 'one attempt was decided, and so as the failure says',
    mend: 'Nothing but the job and core writes `result.json`.',
  })
  return failure
}

/** What the step threw, as its failure tells it. */
function checkError(failure: SidestepError): void {
  const { name, message, stack = '', cause } = failure.cause as Error
  const { volume, blocks } = failure.cause as { readonly volume?: unknown; readonly blocks?: unknown }
  const seen = {
    name,
    message,
    volume,
    blocks,
    cause: cause instanceof Error ? `${cause.name}: ${cause.message}` : cause,
  }
  const expected = {
    name: 'DiskError',
    message: 'bad sector in "row 12"',
    volume: '/data',
    blocks: [3, 5],
    cause: 'TypeError: not a row',
  }
  hold(isDeepStrictEqual(seen, expected), {
    seen: `the cause of the failure is ${shown(seen)}`,
    must: `the step's own error is the cause of its failure: ${shown(expected)}`,
    mend: 'launch() must not replace what the job left in its result: reject, and let core read it.',
  })
  hold(/at readSector \(.*:\d+:\d+\)/.test(stack), {
    seen: `the stack of the step's error is:\n${stack}`,
    must: 'it says where the step threw, in its own file: the function readSector',
    mend: 'The bundle must run as it is, under Node.js 22.18 or later: its source map is part of it.',
  })
  const lines = failure.job?.lastLogLines ?? []
  hold(lines.at(-1) === 'reading 12 rows', {
    seen: `the last lines of the log that the failure tells are ${shown(lines)}`,
    must: 'a failure tells the last lines that its step printed',
    mend: 'The job must be left to end by itself: it writes the rest of its log before it does.',
  })
}
