import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'

import type { FoundJob, JobHandle, JobLabels, SubmitOptions } from '@sidestep/core'

import { hold, shown } from '../../hold.ts'
import { calls } from '../../steps.ts'
import { longNameA, longNameB, shortName } from '../../steps/jobs.ts'
import type { Check } from '../../test-function.ts'
import { readAttempts } from '../attempt-evidence.ts'
import { jobServiceOf, type AnyJobService } from '../job-service-of.ts'
import { expectOneJobEach, found } from '../one-job-each.ts'
import { replace } from '../other-launch.ts'
import { call, expectReturned, runCase } from '../run-case.ts'
import type { StepOperatorSubject } from '../subject.ts'

/** How long a job may take to be listed where submit() alone keeps it from being made twice. */
const LISTED_MS = 10_000

/** A create, and what could be found of it while its job was there. */
interface Created {
  readonly handle: JobHandle
  readonly labels: JobLabels
  readonly fingerprint: string
  readonly nonce: string
  readonly byToken: readonly FoundJob<JobHandle>[]
  readonly byRun: readonly FoundJob<JobHandle>[]
  readonly byJournal: readonly FoundJob<JobHandle>[]
  /** By this token in another run, and by another token. */
  readonly byMistake: readonly FoundJob<JobHandle>[]
}

export const checks: readonly Check<StepOperatorSubject>[] = [
  {
    name: 'the longest names work, those that differ at their end alone are different jobs, and each is found by what it carries',
    run: async (subject) => {
      // 63 characters, as long as ids of runs may be.
      const ids = ['a', 'b'].map((last) => `${subject.place.name}-${'r'.repeat(63)}`.slice(0, 62) + last)
      const runs = await Promise.all(ids.map(async (runId) => runWithLongNames(subject, runId)))
      for (const { run, created } of runs) {
        expectReturned(run, [11, 12, 13], 'names of 63 characters')
        await expectOneJobEach(run, 'names of 63 characters')
        if (jobServiceOf(run.operator) === undefined) continue
        const attempts = await readAttempts(run.runId, run)
        const recorded = attempts.flatMap(({ creates }) => creates.map(({ nonce }) => nonce)).toSorted()
        const sent = created.map(({ nonce }) => nonce).toSorted()
        hold(isDeepStrictEqual(sent, recorded), {
          seen: `creates were sent with the nonces ${shown(sent)}, and recorded with ${shown(recorded)}`,
          must: 'every create is recorded before it is sent',
          mend: 'Leave launch() of JobStepOperator as it is.',
        })
        for (const each of created) expectFound(each)
      }
      const all = runs.flatMap(({ created }) => created.map(({ handle }) => handle.id))
      hold(new Set(all).size === all.length, {
        seen: `jobs of different steps and runs have the same id: ${shown(all.toSorted())}`,
        must: 'each attempt has a job of its own, whatever its step and run are called',
        mend: 'Make names of jobs of the token, which is the same length for all, and not of what people called things.',
      })
    },
  },
]

async function runWithLongNames(
  subject: StepOperatorSubject,
  runId: string,
): Promise<{
  readonly run: Awaited<ReturnType<typeof runCase<any, readonly unknown[]>>>
  readonly created: readonly Created[]
}> {
  const opened = await subject.open()
  const service = jobServiceOf(opened.operator)
  const created: Created[] = []
  if (service !== undefined) {
    const submit = service.submit
    replace(service, 'submit', async (request: object, options: SubmitOptions) => {
      const handle: JobHandle = await Reflect.apply(submit, service, [request, options])
      created.push(await lookFor(handle, options, { service, timeoutFactor: subject.timeoutFactor }))
      return handle
    })
  }
  const wanted = [call(longNameA, 10), call(longNameB, 10), call(shortName, 10)]
  return { run: await runCase(subject, calls, wanted, { opened, runId }), created }
}

/** Looks at once: a provider may forget jobs that have ended. */
async function lookFor(
  handle: JobHandle,
  { labels, fingerprint, nonce }: SubmitOptions,
  { service, timeoutFactor }: { readonly service: AnyJobService; readonly timeoutFactor: number },
): Promise<Created> {
  const { token, runId, journalId } = labels
  const until = Date.now() + (service.secondCreateAfterMs ?? LISTED_MS * timeoutFactor)
  let byToken = await found(service, { token }, timeoutFactor)
  while (byToken.length === 0 && Date.now() < until) {
    await sleep(100)
    byToken = await found(service, { token }, timeoutFactor)
  }
  const [byRun, byJournal, inOtherRun, byOtherToken] = await Promise.all([
    found(service, { runId }, timeoutFactor),
    found(service, { journalId }, timeoutFactor),
    found(service, { token, runId: `${runId.slice(0, -1)}z` }, timeoutFactor),
    found(service, { token: token.replace(/./, (first) => (first === '0' ? '1' : '0')) }, timeoutFactor),
  ])
  const byMistake = [...inOtherRun, ...byOtherToken]
  return { handle, labels, fingerprint, nonce, byToken, byRun, byJournal, byMistake }
}

function expectFound({ handle, labels, fingerprint, nonce, byToken, byRun, byJournal, byMistake }: Created): void {
  const { runId, journalId } = labels
  const [job] = byToken
  hold(byToken.length === 1 && job !== undefined && job.handle.id === handle.id, {
    seen: `find({ token }) gave ${shown(byToken.map((each) => each.handle))} for the job ${handle.id}`,
    must: 'it gives the one job of the token',
    mend: 'Label the job with the token (or name it so), and look for exactly that.',
  })
  const carried = { labels: job.labels, fingerprint: job.fingerprint, nonce: job.nonce }
  hold(isDeepStrictEqual(carried, { labels, fingerprint, nonce }), {
    seen: `find() says that the job ${handle.id} carries ${shown(carried)}`,
    must: `what submit() was given comes back, whole and typed as it was: ${shown({ labels, fingerprint, nonce })}`,
    mend: 'Keep what does not fit into labels of the provider elsewhere at the job: it must not be cut, or changed in its case.',
  })
  const [wrongRun] = byRun.filter((each) => each.labels.runId !== runId)
  hold(wrongRun === undefined && byRun.some((each) => each.handle.id === handle.id), {
    seen: `find({ runId: '${runId}' }) gave the jobs ${shown(byRun.map((each) => [each.handle.id, each.labels.runId]))}`,
    must: `it gives all jobs of that run, ${handle.id} among them, and of no other one`,
    mend: 'Compare the whole id of the run: two may differ in their last character alone.',
  })
  const [wrongJournal] = byJournal.filter((each) => each.labels.journalId !== journalId)
  hold(wrongJournal === undefined && byJournal.some((each) => each.handle.id === handle.id), {
    seen: `find({ journalId }) gave ${shown(byJournal.map((each) => [each.handle.id, each.labels.journalId]))}`,
    must: `it gives all jobs of that journal, ${handle.id} among them`,
    mend: 'Label every job with the id of the journal: orphans are found by it.',
  })
  hold(byMistake.length === 0, {
    seen: `find() gave ${shown(byMistake.map((each) => each.handle))} for a token and a run that do not belong together, or a token of nobody`,
    must: 'all conditions of a query must hold',
    mend: 'Check every condition that is given, and not only the first.',
  })
}
