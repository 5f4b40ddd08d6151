import { randomBytes } from 'node:crypto'

import { SidestepError, type JobHandle, type SubmitOptions } from '@sidestep/core'

import { hold, shown } from '../../hold.ts'
import { calls } from '../../steps.ts'
import { waits } from '../../steps/jobs.ts'
import type { Check } from '../../test-function.ts'
import { readAttempts } from '../attempt-evidence.ts'
import { expectValue } from '../expect-value.ts'
import { jobServiceOf, type AnyJobService } from '../job-service-of.ts'
import { expectOneJobEach } from '../one-job-each.ts'
import { replace } from '../other-launch.ts'
import { call, runCase } from '../run-case.ts'
import type { StepOperatorSubject } from '../subject.ts'

type Submit = AnyJobService['submit']
/** Sends a create in another way than once. `seen` takes what came of it. */
type AroundSubmit = (
  submits: { readonly own: Submit; readonly other: Submit },
  call: { readonly request: object; readonly options: SubmitOptions; readonly n: number },
  seen: Map<string, unknown>,
) => Promise<JobHandle>

const LOST: Readonly<Record<string, AroundSubmit>> = {
  'a create whose answer was lost after its effect': async ({ own }, { request, options, n }) => {
    const handle = await own(request, options)
    if (n === 1) throw new Error('socket hang up')
    return handle
  },
}

/** Only of services that promise to make no second job of a token. */
const PROMISED: Readonly<Record<string, AroundSubmit>> = {
  'a create that was lost before its effect': async ({ own }, { request, options, n }) => {
    if (n === 1) throw new Error('socket hang up')
    return own(request, options)
  },
  'two creates of one token at once, by two components': async ({ own, other }, { request, options }, seen) => {
    const [one, another] = await Promise.all([own(request, options), other(request, withNonce(options))])
    seen.set('a create beside another one', [one.id, another.id])
    return one
  },
  'a create that is sent again, and one of another request': async ({ own, other }, { request, options }, seen) => {
    const first = await own(request, options)
    const again = await other(request, withNonce(options))
    seen.set('a create after another one', [first.id, again.id])
    const stranger = { ...withNonce(options), fingerprint: 'f'.repeat(64) }
    seen.set('refused', await own(request, stranger).catch((error: unknown) => error))
    return first
  },
}

export const checks: readonly Check<StepOperatorSubject>[] = [
  {
    name: 'the job has the nonce of its create call, and a create whose answer is lost or that is repeated makes no second job',
    run: async (subject) => {
      const { operator } = await subject.open()
      const service = jobServiceOf(operator)
      const promised = service !== undefined && service.secondCreateAfterMs === undefined
      const ways = service === undefined ? {} : { ...LOST, ...(promised ? PROMISED : {}) }
      await Promise.all([
        recordedNonce(subject),
        ...(service === undefined || promised ? [] : [createdTwice(subject)]),
        ...Object.entries(ways).map(async ([what, around], index) =>
          createdOtherwise(subject, { what, around, index }),
        ),
      ])
    },
  },
]

/** Nothing shows the job of a create whose answer was lost until another one was made: two jobs, one of which runs user code. */
async function createdTwice(subject: StepOperatorSubject): Promise<void> {
  const what = 'a job that showed when a second one had been made'
  const opened = await subject.open()
  const service = jobServiceOf(opened.operator)
  if (service === undefined) throw new Error('create() made another operator than before')
  const { submit, find, createTimeoutMs } = service
  let [creates, looks] = [0, 0]
  replace(service, 'submit', async (request: object, options: SubmitOptions) => {
    const handle: JobHandle = await Reflect.apply(submit, service, [request, options])
    creates += 1
    if (creates > 1) return handle
    // How long it takes to show is ours to say: less has to be waited for until another one may be made.
    replace(service, 'secondCreateAfterMs', 300)
    replace(service, 'createTimeoutMs', 300)
    throw new Error('socket hang up')
  })
  replace(service, 'find', async function* (...input: Parameters<AnyJobService['find']>) {
    looks += 1
    if (looks > 1) replace(service, 'createTimeoutMs', createTimeoutMs)
    if (creates !== 1) yield* Reflect.apply(find, service, input) as ReturnType<AnyJobService['find']>
  })
  const run = await runCase(subject, calls, [call(waits, { milliseconds: 2_000, value: 9 })], { opened })
  expectValue(run, 9)
  hold(creates === 2, {
    seen: `${what}: there were ${creates} creates`,
    must: 'after a create whose job is not found in time, another one is sent',
    mend: 'Leave launch() of JobStepOperator as it is.',
  })
  await expectOneJobEach(run, what)
}

/** Of every operator: its job has the variables of the create call that core has recorded. */
async function recordedNonce(subject: StepOperatorSubject): Promise<void> {
  const run = await runCase(subject, calls, [call(waits, { milliseconds: 0, value: 1 })])
  expectValue(run, 1)
  const [attempt] = await readAttempts(run.runId, run)
  const nonces = attempt?.creates.map(({ nonce }) => nonce)
  const owner = attempt?.owner
  hold(nonces?.length === 1 && owner !== undefined && 'nonce' in owner && owner.nonce === nonces[0], {
    seen: `the create calls of an attempt that nothing disturbed had the nonces ${shown(nonces)}; its owner is ${shown(owner)}`,
    must: 'one create call is recorded, and its nonce is the one that the job has',
    mend: 'The job must get SIDESTEP_NONCE: from context.environment, or the `nonce` that submit() is given.',
  })
  await expectOneJobEach(run, 'an attempt that nothing disturbed')
}

async function createdOtherwise(
  subject: StepOperatorSubject,
  { what, around, index }: { readonly what: string; readonly around: AroundSubmit; readonly index: number },
): Promise<void> {
  const [opened, { operator: another }] = await Promise.all([subject.open(), subject.open()])
  const [service, elsewhere] = [jobServiceOf(opened.operator), jobServiceOf(another)]
  if (service === undefined || elsewhere === undefined) throw new Error('create() made another operator than before')
  const submit = service.submit
  const own: Submit = async (...input) => Reflect.apply(submit, service, input)
  const other: Submit = async (...input) => elsewhere.submit(...input)
  const seen = new Map<string, unknown>()
  let n = 0
  replace(service, 'submit', async (request: object, options: SubmitOptions) => {
    n += 1
    return around({ own, other }, { request, options, n }, seen)
  })
  const run = await runCase(subject, calls, [call(waits, { milliseconds: 1_000, value: 10 + index })], { opened })
  for (const [name, answer] of seen) expectAnswer(name, answer)
  expectValue(run, 10 + index)
  await expectOneJobEach(run, what)
}

/** What came of a create beside the one that core sent. */
function expectAnswer(name: string, answer: unknown): void {
  if (Array.isArray(answer)) {
    hold(answer[0] === answer[1], {
      seen: `${name}, with the same token and fingerprint, gave the handles ${shown(answer)}`,
      must: "submit() gives the handle of this token's existing job",
      mend: 'Name the job by the token, and take "it exists already" for the answer with its handle; or say `secondCreateAfterMs`.',
    })
    return
  }
  const refused = SidestepError.isInstance(answer) && answer.code === 'LAUNCH_CONFLICT' && answer.kind !== 'infra'
  hold(refused, {
    seen: `a create with the token of another request's job was answered with ${shown(answer)}`,
    must: 'what exists under our name with another fingerprint is not ours: a LAUNCH_CONFLICT error of another kind than infra',
    mend: 'Keep the fingerprint with the job, and compare it before an existing job is taken for ours.',
  })
}

function withNonce(options: SubmitOptions): SubmitOptions {
  return { ...options, nonce: randomBytes(16).toString('hex') }
}
