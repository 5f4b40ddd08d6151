import type { JobHandle } from '@sidestep/core'

import { hold, shown } from '../../hold.ts'
import { calls } from '../../steps.ts'
import { double } from '../../steps/results.ts'
import { listens } from '../../steps/stops.ts'
import type { Check } from '../../test-function.ts'
import { settled } from '../../waiting.ts'
import { givenOf } from '../given.ts'
import { jobServiceOf, type AnyJobService } from '../job-service-of.ts'
import { found } from '../one-job-each.ts'
import { call, failureOf, runCase, startCase, story, valueOf } from '../run-case.ts'
import type { StepOperatorSubject } from '../subject.ts'

const FOREVER_MS = 120_000
/** How long a job of an operator that cannot cancel goes on after its credentials have expired. */
const A_WHILE_MS = 6_000
/** How long one question to a provider may take. */
const ANSWER_MS = 30_000
/** The first answer may be what says that credentials have expired. */
const TRIES = 2

const MEND =
  'Give clients a source of credentials and not the credentials themselves; where the provider says that they have expired, get new ones and ask once more.'

export const checks: readonly Check<StepOperatorSubject>[] = [
  {
    name: 'credentials that expire while a job runs are renewed: it is watched, read and stopped, and the next one is made',
    run: async (subject) => {
      const { operator } = await subject.open()
      const expire = givenOf(subject.given, 'expireCredentials', operator)
      if (expire !== undefined) await outlived(subject, async () => expire(subject.place))
    },
  },
]

/** One component, as a launcher that runs for longer than its credentials are valid. */
async function outlived(subject: StepOperatorSubject, expireCredentials: () => Promise<void>): Promise<void> {
  const opened = await subject.open()
  const { timeoutFactor } = subject
  const { cancel, logs } = opened.operator.capabilities
  const running = Promise.withResolvers<JobHandle | undefined>()
  let handle: JobHandle | undefined
  const milliseconds = (cancel ? FOREVER_MS : A_WHILE_MS) * timeoutFactor
  const { run, ended } = await startCase(subject, calls, [call(listens, { milliseconds, value: 4 })], {
    opened,
    onEvent: (event) => {
      if (event.type === 'attempt.handle') handle = event.handle as JobHandle
      if (event.type === 'attempt.phase' && event.phase === 'running') running.resolve(handle)
      // Of a plain launch() nobody hears when its job runs.
      if (event.type === 'log') running.resolve(handle)
    },
  })
  await Promise.race([running.promise, ended])
  await expireCredentials()
  const service = jobServiceOf(opened.operator)
  if (service !== undefined && handle !== undefined)
    await answers(service, { handle, runId: run.id, logs, timeoutFactor })
  await expireCredentials()
  if (cancel) await run.cancel()
  const first = await ended
  if (cancel) {
    const { kind, message } = failureOf(first, listens)
    hold(kind === 'stopped', () => ({
      seen: `a job whose credentials had expired was stopped, and ended as ${kind}: ${message}\n${story(first.events)}`,
      must: 'a job can be stopped for as long as it runs',
      mend: MEND,
    }))
  } else valueOf(first, MEND)
  await expireCredentials()
  valueOf(await runCase(subject, calls, [call(double, 3)], { opened }), MEND)
}

/** What is asked of a job that runs. */
async function answers(
  service: AnyJobService,
  {
    handle,
    runId,
    logs,
    timeoutFactor,
  }: { readonly handle: JobHandle; readonly runId: string; readonly logs: boolean; readonly timeoutFactor: number },
): Promise<void> {
  const limit = (): AbortSignal => AbortSignal.timeout(ANSWER_MS * timeoutFactor)
  const asked: Readonly<Record<string, () => Promise<unknown>>> = {
    'observe()': async () => service.observe([handle], { signal: limit() }),
    'find()': async () => found(service, { runId }, timeoutFactor),
    ...(logs ? { 'logs()': async () => service.logs(handle, undefined, { signal: limit() }) } : {}),
  }
  for (const [name, ask] of Object.entries(asked)) {
    let answer = await settled(ask())
    for (let n = 1; n < TRIES && answer.failed; n += 1) answer = await settled(ask())
    hold(!answer.failed, () => ({
      seen: `after its credentials had expired, ${name} of a job that runs has rejected ${TRIES} times: ${shown('error' in answer ? answer.error : '')}`,
      must: 'a component goes on with new credentials when those that it has got have expired',
      mend: MEND,
    }))
  }
}
