import { SidestepError, type BaseStepOperator, type Capabilities } from '@sidestep/core'

import { hold } from '../../hold.ts'
import { calls } from '../../steps.ts'
import { ASKS_FOR_LITTLE, ASKS_FOR_MUCH, hasSettings, MISSPELT, type ResourceName } from '../../steps/demands.ts'
import { double } from '../../steps/results.ts'
import type { Check } from '../../test-function.ts'
import { readAttempts } from '../attempt-evidence.ts'
import { jobServiceOf } from '../job-service-of.ts'
import { replace } from '../other-launch.ts'
import { call, failureOf, runCase, story, type CaseRun } from '../run-case.ts'
import { settingsSchemaOf } from '../settings-schema-of.ts'
import { settingsKeyOf } from '../settings-key-of.ts'
import type { StepOperatorSubject } from '../subject.ts'

const UNKNOWN_KEY = 'conformanceNoSuchSetting'
const REFUSAL = 'no more machines of this kind for this account'

export const checks: readonly Check<StepOperatorSubject>[] = [
  {
    name: 'what the operator does not declare, no machine has or nobody knows is refused before a job runs, naming it',
    run: async (subject) => {
      const opened = await subject.open()
      const { operator } = opened
      const names = Object.keys(ASKS_FOR_LITTLE) as ResourceName[]
      const undeclared = names.filter((name) => !declares(operator.capabilities, name))
      const declared = names.filter((name) => declares(operator.capabilities, name))
      const misspelt = misspeltSetting(operator)
      const wanted = [
        ...undeclared.map((name) => call(ASKS_FOR_LITTLE[name])),
        ...declared.map((name) => call(ASKS_FOR_MUCH[name])),
        ...(misspelt === undefined ? [] : [call(hasSettings)]),
      ]
      const [run] = await Promise.all([
        withSettings(subject, { operator, misspelt }, async () => runCase(subject, calls, wanted, { opened })),
        ...(jobServiceOf(operator) === undefined ? [] : [refusedByProvider(subject)]),
      ])
      for (const name of undeclared) await refusedEarly(run, name)
      for (const name of declared) await refusedSomehow(run, name)
      if (misspelt !== undefined) await refusedSetting(run, misspelt)
    },
  },
]

/** Whether an operator honors a resource. */
export function declares({ resources, multiNode }: Capabilities, name: ResourceName): boolean {
  return name === 'instanceCount' ? multiNode : resources.includes(name)
}

async function refusedEarly(run: CaseRun<unknown>, name: ResourceName): Promise<void> {
  const step = ASKS_FOR_LITTLE[name]
  const { kind, code, message } = failureOf(run, step)
  hold(code === 'RESOURCES_UNAVAILABLE' && kind === 'config' && message.includes(name), () => ({
    seen: `a step that asks for resources.${name} failed with ${code}, kind ${kind}: ${message}`,
    must: 'a resource that the operator does not declare is refused as RESOURCES_UNAVAILABLE, by its name',
    mend: 'Declare in `capabilities.resources` what the operator honors, and nothing else; several machines are `multiNode`.',
  }))
  await createdNothing(run, step)
}

async function refusedSomehow(run: CaseRun<unknown>, name: ResourceName): Promise<void> {
  const step = ASKS_FOR_MUCH[name]
  const must = 'what no machine has is refused with the kind config, and no job of it runs'
  const mend = `Compare resources.${name} with what there is, in prepare() or launch(), and throw a config error that says how much that is; or take it out of \`capabilities.resources\`.`
  hold(!succeeded(run, step), () => ({
    seen: `a step that asks for an absurd amount of resources.${name} succeeded\n${story(run.events)}`,
    must,
    mend,
  }))
  const { kind, message } = failureOf(run, step)
  hold(kind === 'config', {
    seen: `a step that asks for an absurd amount of resources.${name} failed with the kind ${kind}: ${message}`,
    must,
    mend,
  })
  const attempts = await readAttempts(run.runId, { store: run.store, step })
  hold(
    attempts.every(({ began }) => began === 0),
    { seen: `the code of a step that asks for an absurd amount of resources.${name} began`, must, mend },
  )
}

async function refusedSetting(run: CaseRun<unknown>, { wrong, right }: Misspelt): Promise<void> {
  hold(!succeeded(run, hasSettings), {
    seen: `a step with the setting ${wrong}, which there is not, succeeded`,
    must: 'settings that the operator does not know are refused',
    mend: 'Make the settings schema a strict one: `z.strictObject({ … })`.',
  })
  const { kind, code, message, hint = '' } = failureOf(run, hasSettings)
  hold(code === 'CONFIG_INVALID' && kind === 'config' && message.includes(wrong), {
    seen: `a step with the setting ${wrong}, which there is not, failed with ${code}, kind ${kind}: ${message}`,
    must: 'settings that the operator does not know are refused as CONFIG_INVALID, by their names',
    mend: 'Make the settings schema a strict one: `z.strictObject({ … })`.',
  })
  hold(right === undefined || `${message}\n${hint}`.replaceAll(wrong, '').includes(right), {
    seen: `a step with the setting ${wrong} was told: ${message}`,
    must: `it is told of the nearest one that there is: ${right}`,
    mend: 'Let the error of the schema for a key that it does not know name the nearest one that it does.',
  })
  await createdNothing(run, hasSettings)
}

function succeeded({ events }: CaseRun<unknown>, { stepName }: { readonly stepName: string }): boolean {
  return events.some((event) => event.type === 'step.succeeded' && event.stepName === stepName)
}

async function createdNothing(run: CaseRun<unknown>, step: { readonly stepName: string }): Promise<void> {
  const handles = run.events.filter((event) => event.type === 'attempt.handle' && event.stepName === step.stepName)
  const attempts = await readAttempts(run.runId, { store: run.store, step })
  const created = attempts.reduce((sum, { creates }) => sum + creates.length, 0)
  hold(handles.length === 0 && created === 0, () => ({
    seen: `a step that was refused had ${created} create calls and ${handles.length} jobs\n${story(run.events)}`,
    must: 'what is refused is refused before anything is created',
    mend: 'Leave the checks to core, which reads `capabilities` and the settings schema before it calls launch().',
  }))
}

interface Misspelt {
  readonly wrong: string
  /** The setting that it is nearly the name of, where the schema tells its own. */
  readonly right?: string
}

/** `undefined` for an operator that takes settings as they are. */
function misspeltSetting(operator: BaseStepOperator<any, any>): Misspelt | undefined {
  const schema = settingsSchemaOf(operator)
  if (schema === undefined) return undefined
  const [right] = keysOf(schema)
  return right === undefined ? { wrong: UNKNOWN_KEY } : { wrong: `${right}s`, right }
}

/** As Standard JSON Schema tells them. */
function keysOf(schema: object): readonly string[] {
  const { '~standard': standard } = schema as {
    readonly '~standard': { readonly jsonSchema?: { readonly input?: (options: object) => object } }
  }
  try {
    const json = standard.jsonSchema?.input?.({ target: 'draft-2020-12' }) as
      | { readonly properties?: object }
      | undefined
    return Object.keys(json?.properties ?? {})
  } catch {
    // So the specification has a schema say that it cannot be expressed.
    return []
  }
}

async function withSettings<T>(
  { given: { settings } }: StepOperatorSubject,
  { operator, misspelt }: { readonly operator: BaseStepOperator<any, any>; readonly misspelt: Misspelt | undefined },
  use: () => Promise<T>,
): Promise<T> {
  const key = settingsKeyOf(operator)
  if (misspelt !== undefined) MISSPELT[key] = { ...settings, [misspelt.wrong]: 1 }
  try {
    return await use()
  } finally {
    delete MISSPELT[key]
  }
}

/** The provider takes no job: that is the failure of the step, at once and with its kind. */
async function refusedByProvider(subject: StepOperatorSubject): Promise<void> {
  const opened = await subject.open()
  const service = jobServiceOf(opened.operator)
  if (service === undefined) throw new Error('create() made another operator than before')
  let sent = 0
  replace(service, 'submit', async () => {
    sent += 1
    throw new SidestepError(REFUSAL, { code: 'LAUNCH_FAILED', kind: 'quota' })
  })
  const run = await runCase(subject, calls, [call(double, 1)], { opened })
  const { kind, message } = failureOf(run, double)
  hold(kind === 'quota' && message.includes(REFUSAL) && sent === 1, () => ({
    seen: `a create that the provider had refused for its quota was sent ${sent} times, and its step failed with the kind ${kind}: ${message}\n${story(run.events)}`,
    must: 'a refusal is the failure of the step, at once, with its kind and its words',
    mend: 'Leave launch() of JobStepOperator as it is.',
  }))
}
