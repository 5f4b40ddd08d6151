import { isDeepStrictEqual } from 'node:util'

import {
  SidestepError,
  Stack,
  StackValidator,
  type BaseStepOperator,
  type JobToPrepare,
  type ResourceSettings,
  type StepRunInfo,
} from '@sidestep/core'

import { hold, shown } from '../../hold.ts'
import { calls } from '../../steps.ts'
import { ASKS_FOR_LITTLE, asksForNothing, LADDER, MUCH, type Found, type ResourceName } from '../../steps/demands.ts'
import type { Check } from '../../test-function.ts'
import { settled } from '../../waiting.ts'
import { givenOf } from '../given.ts'
import { jobServiceOf, type AnyJobService } from '../job-service-of.ts'
import { aroundLaunch, replace } from '../other-launch.ts'
import { call, failureOf, runCase, story, told, valueOf, type CaseRun } from '../run-case.ts'
import { settingsKeyOf } from '../settings-key-of.ts'
import { settingsSchemaOf } from '../settings-schema-of.ts'
import type { Opened, StepOperatorSubject } from '../subject.ts'
import { declares } from './refusals.ts'

/** With which a job without any resources is compared. */
const LITTLE: Required<ResourceSettings> = {
  cpuCount: 1,
  memory: '1GiB',
  gpuCount: 1,
  gpuType: 'T4',
  instanceCount: 2,
}

/** A machine without GPUs cannot show that it honors them: it may say so, and nothing else. */
const MAY_BE_MISSING: readonly string[] = ['gpuCount', 'gpuType', 'instanceCount']

const VALID = '`settings` and `otherSettings` of stepOperatorConformance() are valid, one by one'

type AnyJob = JobToPrepare<any, any>

export const checks: readonly Check<StepOperatorSubject>[] = [
  {
    name: 'what the operator declares works: images, resources and machines, and none of them is ignored',
    run: async (subject) => {
      const opened = await subject.open()
      const { operator } = opened
      await checkStack(opened)
      const launched: StepRunInfo[] = []
      aroundLaunch(operator, async (launch, ...input) => {
        launched.push(input[0])
        await launch(...input)
      })
      const service = jobServiceOf(operator)
      const jobs = service === undefined ? [] : notePrepared(service)
      const names = Object.keys(ASKS_FOR_LITTLE) as ResourceName[]
      const declared = names.filter((name) => declares(operator.capabilities, name))
      const wanted = [call(asksForNothing), ...declared.map((name) => call(ASKS_FOR_LITTLE[name]))]
      const run = await runCase(subject, calls, wanted, { opened })
      const [found, ...others] = valueOf(run) as readonly (Found | undefined)[]
      hold(found?.size === 1, () => ({
        seen: `a step that asks for no GPU and one machine got ${shown(found)}\n${story(run.events)}`,
        must: 'what every machine has is no demand, of any operator',
        mend: 'Take `gpuCount: 0` and `instanceCount: 1` for what is not there.',
      }))
      for (const [index, name] of declared.entries()) checkResource(run, name, others[index])
      for (const info of launched) checkImage(info, run)
      checkLogs(opened)
      const job = jobs.find(({ info }) => info.stepName === asksForNothing.stepName)
      if (service === undefined) return
      await checkPrepare(service, job, { operator, declared })
      if (job !== undefined) await checkSettings(service, job, { operator, subject })
    },
  },
]

/** Without what it needs an operator is refused; one that needs nothing is not. */
async function checkStack({ stack, operator }: Opened): Promise<void> {
  const { image } = operator.capabilities
  const artifactStore = await stack.artifactStore()
  const bare = new Stack({ name: 'bare', artifactStore, stepOperators: { here: operator } })
  const problems = await new StackValidator(bare).validate()
  const missing = problems.some(({ path }) => path === 'imageBuilder')
  hold(missing === (image === 'required'), () => ({
    seen: `in a stack of an artifact store and the operator, whose \`capabilities.image\` is '${image}', the problems are ${shown(problems)}`,
    must: "a stack without an image builder is a problem for 'required', and none for 'none'",
    mend: 'Declare `image` as it is, and let validate() speak of what core cannot know.',
  }))
  const whole = await new StackValidator(stack).validate()
  hold(whole.length === 0, () => ({
    seen: `the stack that create() makes has problems: ${shown(whole)}`,
    must: 'it has none',
    mend: 'Give the operator in create() what it needs, or mend its validate().',
  }))
}

function checkImage({ image, stepName }: StepRunInfo, { operator, events }: CaseRun<unknown>): void {
  const needs = operator.capabilities.image === 'required'
  const told = events.some((event) => event.type === 'attempt.image' && event.stepName === stepName)
  const right = needs ? /^.+@sha256:[0-9a-f]{64}$/.test(image ?? '') && told : image === undefined && !told
  hold(right, {
    seen: `launch() of an operator whose \`capabilities.image\` is '${operator.capabilities.image}' got the image ${shown(image)}`,
    must: "for 'required' a digest, which the user is told of; for 'none' no image",
    mend: 'Declare `capabilities.image` as it is, as a property of the class and not of the configuration alone.',
  })
}

function checkResource(run: CaseRun<unknown>, name: ResourceName, found: Found | undefined): void {
  const step = ASKS_FOR_LITTLE[name]
  if (found === undefined) {
    const failure = failureOf(run, step)
    hold(MAY_BE_MISSING.includes(name) && ['config', 'capacity', 'quota'].includes(failure.kind), {
      seen: `a step that asks for ${name}: ${shown(LITTLE[name])} failed with the kind ${failure.kind}: ${failure.message}`,
      must: 'a resource that the operator declares can be asked for',
      mend: `Honor resources.${name}, or take it out of \`capabilities\`.`,
    })
    return
  }
  const machines = name === 'instanceCount' ? LITTLE.instanceCount : 1
  hold(found.size === machines, {
    seen: `a step that asks for ${name}: ${shown(LITTLE[name])} ran on ${found.size} machines`,
    must: `it runs on ${machines}`,
    mend: "Tell the job its rank and the number of its machines by `cluster()` of the operator's runtime module, or declare `multiNode: false`.",
  })
}

/** Nobody but a service can give a provider's own log. */
function checkLogs({ operator }: Opened): void {
  hold(!operator.capabilities.logs || jobServiceOf(operator) !== undefined, {
    seen: 'the operator declares `logs`, and has no JobService',
    must: "only logs() of a JobService gives the provider's own log",
    mend: 'Declare `logs: false`, or extend JobStepOperator.',
  })
}

/** The jobs that requests are made of, as they come by. */
function notePrepared(service: AnyJobService): readonly AnyJob[] {
  const jobs: AnyJob[] = []
  const { prepare } = service
  replace(service, 'prepare', (job: AnyJob): object => {
    jobs.push(job)
    return Reflect.apply(prepare, service, [job])
  })
  return jobs
}

async function checkPrepare(
  service: AnyJobService,
  job: AnyJob | undefined,
  { operator, declared }: { readonly operator: BaseStepOperator<any, any>; readonly declared: readonly ResourceName[] },
): Promise<void> {
  hold(job !== undefined, {
    seen: 'prepare() of the service was not called',
    must: 'a request is made by prepare()',
    mend: 'Leave launch() of JobStepOperator as it is.',
  })
  const before = structuredClone(job)
  const request = service.prepare(job)
  hold(isDeepStrictEqual(request, service.prepare(job)) && isDeepStrictEqual(job, before), {
    seen: `prepare() made two different requests of one job, or changed it: ${shown(request)}`,
    must: 'prepare() is pure: what it reads is in its argument, and it writes nothing',
    mend: 'Read the world in facts(). No time of day, no random numbers: a create that is repeated is made from the same request.',
  })
  hold(isDeepStrictEqual(JSON.parse(JSON.stringify(request)), request), {
    seen: `the request of prepare() is not plain JSON: ${shown(request)}`,
    must: 'it comes back from JSON as it was: an attempt is gone on with from the request that was written down',
    mend: 'Leave out what is undefined; write times and bytes as texts.',
  })
  for (const name of declared) if (!isBoundAlone(operator, { service, job, name })) checkAmounts(service, job, name)
}

/** Steps that share this machine share its processors: such an operator may compare what is asked for with what there is. */
function isBoundAlone(
  { location }: BaseStepOperator<any, any>,
  { service, job, name }: { readonly service: AnyJobService; readonly job: AnyJob; readonly name: ResourceName },
): boolean {
  if (name !== 'cpuCount' || location?.cloud !== 'local') return false
  return requestOf(service, job, { cpuCount: MUCH.cpuCount }) === undefined
}

/** Of several amounts, those that are taken are different requests: a bound alone is not honoring a resource. */
function checkAmounts(service: AnyJobService, job: AnyJob, name: ResourceName): void {
  const amounts = name === 'gpuType' ? [LITTLE.gpuType] : LADDER[name]
  const accepted = [undefined, ...amounts].flatMap((amount) => {
    const request = requestOf(service, job, amount === undefined ? {} : { [name]: amount })
    return request === undefined ? [] : [{ amount: amount ?? 'none asked for', request }]
  })
  const [first, ...others] = accepted
  // On a machine that has no GPU at all, there is no second one to compare with.
  if (others.length === 0 && MAY_BE_MISSING.includes(name)) return
  hold(
    others.some(({ request }) => !isDeepStrictEqual(request, first?.request)),
    () => ({
      seen: `prepare() makes the same request of ${name}: ${accepted.map(({ amount }) => shown(amount)).join(', ')}`,
      must: 'a resource that is declared changes the request: of what is taken, two different amounts are two requests',
      mend: `Read resources.${name} in prepare() and hand it to the provider, or take it out of \`capabilities\`.`,
    }),
  )
}

/** Each of the other settings reaches the request. */
async function checkSettings(
  service: AnyJobService,
  job: AnyJob,
  { operator, subject }: { readonly operator: BaseStepOperator<any, any>; readonly subject: StepOperatorSubject },
): Promise<void> {
  const { given } = subject
  const others = givenOf(given, 'otherSettings', operator) ?? {}
  const own = await preparedWith(service, job, { operator, settings: given.settings ?? {} })
  for (const [key, value] of Object.entries(others)) {
    const request = await preparedWith(service, job, { operator, settings: { ...given.settings, [key]: value } })
    hold(!isDeepStrictEqual(request, own), () => ({
      seen: `with the setting ${key}: ${shown(value)}, prepare() makes the same request as without: ${shown(request)}`,
      must: 'a setting that the operator takes reaches the provider',
      mend: `Read \`settings.${key}\` in prepare(), or take it out of the settings schema.`,
    }))
  }
}

/** The request of a step that has these settings, as the operator's schema gives them. */
async function preparedWith(
  service: AnyJobService,
  job: AnyJob,
  { operator, settings }: { readonly operator: BaseStepOperator<any, any>; readonly settings: object },
): Promise<object> {
  const schema = settingsSchemaOf(operator)
  const result = schema === undefined ? { value: settings } : await schema['~standard'].validate(settings)
  hold(!('issues' in result) || result.issues === undefined, () => ({
    seen: `the settings ${shown(settings)} are refused: ${shown('issues' in result ? result.issues : '')}`,
    must: VALID,
    mend: 'Give values that the settings schema takes.',
  }))
  const { value } = result as { readonly value: object }
  const { info } = job
  const config = { ...info.config, settings: { ...info.config.settings, [settingsKeyOf(operator)]: value } }
  const prepare = async (): Promise<object> =>
    service.prepare({ ...job, settings: value, info: { ...info, config } }) as object
  const prepared = await settled(prepare())
  hold(!prepared.failed, () => ({
    seen: `prepare() refused the settings ${shown(settings)}: ${told('error' in prepared ? prepared.error : '')}`,
    must: VALID,
    mend: 'Give settings that this provider takes, one by one.',
  }))
  return (prepared as { readonly value: object }).value
}

/** `undefined` where it is refused. */
function requestOf(service: AnyJobService, job: AnyJob, resourceSettings: ResourceSettings): object | undefined {
  const { info } = job
  try {
    return service.prepare({ ...job, info: { ...info, config: { ...info.config, resourceSettings } } })
  } catch (error) {
    if (SidestepError.isInstance(error) && error.kind === 'config') return undefined
    throw error
  }
}
