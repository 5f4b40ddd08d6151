import { isDeepStrictEqual } from 'node:util'

import { hold, shown } from '../../hold.ts'
import { calls, hands, type Handed } from '../../steps.ts'
import { BEGAN } from '../../steps/began.ts'
import {
  bytesOf,
  double,
  echo,
  environment,
  LONG_VALUE,
  longEnvironment,
  sha256,
  VARIABLES,
  type Rich,
} from '../../steps/results.ts'
import type { Check } from '../../test-function.ts'
import { readAttempts } from '../attempt-evidence.ts'
import { call, expectReturned, failureOf, runCase, story, valueOf } from '../run-case.ts'
import type { StepOperatorSubject } from '../subject.ts'

const WORKPLACE =
  'A job needs a folder of its own and one for temporary files (TMPDIR), both of which it can write to, and the artifact store that SIDESTEP_STORE names. What is called after it is called after `context.token`.'

/** More than fits into a pipe, an environment, a request or a log chunk. */
const BIG = 3 * 2 ** 20

const RICH: Rich = {
  text: 'größer "als" \n 0',
  date: new Date('2026-02-03T04:05:06.789Z'),
  counts: new Map([
    ['a', 1],
    ['b', 2],
  ]),
  bytes: Uint8Array.of(0, 255, 10),
  nothing: undefined,
  big: 2n ** 70n,
}

export const checks: readonly Check<StepOperatorSubject>[] = [
  {
    name: 'a step runs as a job of its own, its value comes back, and one attempt is all that there was',
    run: async (subject) => {
      const run = await runCase(subject, calls, [call(double, 21), call(echo, RICH)])
      expectReturned(run, [42, RICH], 'two steps')
      const attempts = await readAttempts(run.runId, run)
      hold(attempts.length === 2 && attempts.every(({ attempt, began }) => attempt === 1 && began === 1), () => ({
        seen: `two steps took ${attempts.length} attempts, in which user code began ${shown(attempts.map(({ began }) => began))} times`,
        must: 'a step that succeeds takes one attempt, in which its code begins once',
        mend: `launch() must run the command once. Each start prints "${BEGAN}":\n${story(run.events)}`,
      }))
      const ended = run.events.filter(({ type }) => type === 'attempt.ended')
      hold(ended.length === 2 && ended.every((event) => !('error' in event)), () => ({
        seen: `an attempt ended with an error, although its step succeeded:\n${story(run.events)}`,
        must: 'launch() resolves where the job ended well',
        mend: 'launch() must not reject after a job that ended with exit code 0.',
      }))
      const processes = run.events.flatMap((event) => (event.type === 'step.succeeded' ? [event.process] : []))
      hold(processes.length === 2 && processes.every((it) => it !== undefined && it.pid !== process.pid), () => ({
        seen: `the steps ran in ${shown(processes)}; this process is ${process.pid}`,
        must: 'a step runs in a process of its own',
        mend: 'launch() must start the command that it is given as a job, and run nothing of it in its own process.',
      }))
    },
  },
  {
    name: 'big values, lists of results and files pass between jobs by reference, also of steps side by side and of commands',
    run: async (subject) => {
      const values = [1, 2, 3]
      const run = await runCase(subject, hands, { size: BIG, values, lines: 1_000 })
      const { digest, total, reversed, about } = valueOf<Handed>(run, WORKPLACE)
      const lines = Buffer.from(reversed).toString('utf8').trimEnd().split('\n')
      const seen = {
        digest,
        total,
        lines: [lines.length, lines[0], lines.at(-1)],
        files: about.files,
        first: Buffer.from(await about.read('deep/first.txt')).toString('utf8'),
      }
      const expected: typeof seen = {
        digest: sha256(bytesOf(BIG)),
        total: 12,
        lines: [1_000, 'line 1000', 'line 1'],
        files: ['count.json', 'deep/first.txt'],
        first: 'line 1',
      }
      hold(isDeepStrictEqual(seen, expected), {
        seen: `jobs that got ${BIG} bytes, a list and files from others made of them ${shown(seen)}`,
        must: `what a step returned is what the next one gets: ${shown(expected)}`,
        mend: WORKPLACE,
      })
      const doubles = await readAttempts(run.runId, { store: run.store, step: double })
      hold(doubles.length === values.length && doubles.every(({ began }) => began === 1), () => ({
        seen: `${values.length} calls of one step side by side left ${shown(doubles.map(({ stepRunId, attempt, began }) => ({ stepRunId, attempt, began })))}`,
        must: 'each call is a job of its own',
        mend: "A job's folder, container or name must be made of `context.token`, not of the step's name.",
      }))
    },
  },
  {
    name: "a step's variables reach its process as they are, and a long one does or is refused before anything is created",
    run: async (subject) => {
      const run = await runCase(subject, calls, [call(environment), call(longEnvironment)])
      const [seen, long] = valueOf(run) as [Record<string, string> | undefined, string | undefined]
      hold(seen !== undefined, () => ({
        seen: `the step with variables failed:\n${story(run.events)}`,
        must: 'variables with quotes, line ends and any characters are no reason to fail',
        mend: 'Hand `context.environment` on as data. Where it has to go through a shell or a file, quote it.',
      }))
      for (const [name, value] of Object.entries(VARIABLES)) {
        hold(seen[name] === value, {
          seen: `the variable ${name} arrived as ${shown(seen[name])}`,
          must: `every variable of context.environment reaches the process of the job as it is: ${shown(value)}`,
          mend: 'Hand `context.environment` on as data. Where it has to go through a shell or a file, quote it.',
        })
      }
      if (long !== undefined) {
        hold(long === `${LONG_VALUE.length}!`, {
          seen: `a variable of ${LONG_VALUE.length} characters arrived as one of ${long} (number of characters, last one)`,
          must: 'a variable reaches the job whole, or its step is refused',
          mend: 'Send what the provider takes no longer value for in another way, or throw a `config` error in prepare().',
        })
        return
      }
      const failure = failureOf(run, longEnvironment)
      const [attempt] = await readAttempts(run.runId, { store: run.store, step: longEnvironment })
      hold(failure.kind === 'config' && (attempt?.creates.length ?? 0) === 0, () => ({
        seen: `a step with a variable of ${LONG_VALUE.length} characters failed with kind ${failure.kind} after ${attempt?.creates.length ?? 0} create calls: ${failure.message}`,
        must: 'what the provider cannot take is refused with the kind config, before anything is created',
        mend: 'Check the length in prepare(), and throw configError() there.',
      }))
    },
  },
]
