import { relative } from 'node:path'

import type { ArtifactStore } from '../artifact/artifact-store.ts'
import type { Bundle } from '../bundle/bundle-module.ts'
import { checkBundle } from '../bundle/load-check.ts'
import { redactJson, redactor } from '../entrypoint/redact.ts'
import { messageOf, SidestepError } from '../errors.ts'
import { resolveEnvironment } from '../flavor/environment-references.ts'
import { IMAGE_COMMAND, type BuiltImage, type ImagePart } from '../image/image-builder.ts'
import { checkCapabilities } from '../launch/check-capabilities.ts'
import { splitSecrets } from '../launch/handed-secrets.ts'
import { jobVariables } from '../launch/job-variables.ts'
import { commandOf } from '../launch/launch-context.ts'
import { launchError } from '../launch/launch-error.ts'
import { numbersItsCreates } from '../launch/numbers-its-creates.ts'
import { prepareRequest } from '../launch/prepare-request.ts'
import type { BaseStepOperator } from '../operator/base-step-operator.ts'
import type { StepProblem } from '../operator/step-problem.ts'
import { NO_OPERATOR, problemsOfStep, stepError } from '../operator/step-problems.ts'
import type { StepRunInfo } from '../operator/step-run-info.ts'
import { withPathOf, type ImageOf, type RunImages } from '../pipeline/run-images.ts'
import type { RunOperators } from '../pipeline/run-operators.ts'
import { stepRunInfo } from '../pipeline/step-run-info.ts'
import { flavorOf } from '../stack/component.ts'
import { jsonCopy } from '../stack/json-copy.ts'
import type { Stack } from '../stack/stack.ts'
import type { StepDefinition } from '../step/definition.ts'
import type { ResolvedTimeouts, RetryPolicy } from '../step/policies.ts'
import { resolveConfig, type ResolvedStepConfig } from '../step/resolve-config.ts'
import type { ResourceSettings } from '../step/step-config.ts'

/** Stands in a plan for the run, which has not begun. */
const RUN = '<run>'
/** Stands in a plan for a call of the step: its name in a run comes of what it is given. */
export const STEP_RUN = '<step-run>'
const TOKEN = '<token>'
/** Stands in a plan for an image that was not built. */
const IMAGE = '<image>'
const JOURNAL = '<journal>'

/** What one step would ask of its operator. */
export interface PlannedStep {
  /** As `step()` was given it. */
  readonly stepName: string
  /** What the stack calls the operator; the step's own word where the stack has none of that name. */
  readonly operator: string
  /** Of the operator. Absent: the stack has none for the step. */
  readonly flavor?: string
  /** File that defines the step, relative to the project's folder. Absent: it is not known. */
  readonly source?: string
  /** Absent, as `timeouts` and `retry`: the step's configuration is not valid. */
  readonly resources?: ResourceSettings
  /** In milliseconds. Absent: the configuration is wrong. */
  readonly timeouts?: ResolvedTimeouts
  /** With defaults filled in. Absent: the configuration is wrong. */
  readonly retry?: RetryPolicy
  /**
   * What the provider would be sent, as plain JSON: secrets by name, `<run>`, `<step-run>` and `<token>` for what a run
   * gives names to, `<journal>` where the project has had no run yet, `<image>` for an image that was not built.
   */
  readonly request?: object
  /** Of an operator that runs images. */
  readonly image?: PlannedImage
  /** Why there is no request, and nothing is wrong. */
  readonly noRequest?: string
  /** Of an operator that makes no request, where JSON holds it. */
  readonly config?: object
  /** Why the step cannot be launched as it is. */
  readonly problem?: SidestepError
}

/** The image that a step would run in. */
export interface PlannedImage {
  /** What goes into it, lowest first. */
  readonly parts: readonly ImagePart[]
  /** `repository@sha256:…`. Absent: it was not to be built. */
  readonly reference?: string
}

/** What the steps of a plan share. */
export interface PlanContext {
  readonly pipeline: string
  readonly stack: Stack
  readonly store: ArtifactStore
  readonly operators: RunOperators
  readonly images: RunImages
  /** Builds images too, and says how it goes. Absent: none is built. */
  readonly build: ((line: string) => void) | undefined
  /** Takes what operators warn of. Absent: nobody listens. */
  readonly warn: ((line: string) => void) | undefined
  /** Of step operators: what settings may name beside those of the stack. Absent: not known. */
  readonly knownFlavors: readonly string[] | undefined
  readonly bundle: Bundle
  /** Path of the file that defines the pipeline. */
  readonly module: string
  readonly projectFolder: string
  readonly journalId: string | undefined
  readonly signal: AbortSignal
}

interface WhenReady {
  /** Rejects where the bundle does not define the step. */
  readonly ready: Promise<void>
}

/** Plans one step that has an operator. Rejects only where the signal aborts. */
export async function planStep(definition: StepDefinition, context: PlanContext): Promise<PlannedStep> {
  const { stack, projectFolder, signal } = context
  const { name, file } = definition
  const wanted = definition.config.stepOperator ?? true
  let known: PlannedStep = {
    stepName: name,
    operator: wanted === true ? 'true' : String(wanted),
    ...(file === undefined ? {} : { source: relative(projectFolder, file) }),
  }
  try {
    const { validateStep } = await import('../step/validate-step.ts')
    validateStep(definition)
    const config = resolveConfig(definition)
    const { resources, timeouts, retry } = config
    known = { ...known, resources, timeouts, retry }
    const wrong = await problemsOf(definition, context)
    const hasOperator = wrong.every(({ path }) => path !== NO_OPERATOR)
    if (hasOperator) {
      known = { ...known, operator: stack.stepOperatorLabel(wanted), flavor: stack.stepOperatorPart(wanted).flavor }
    }
    const undefinedStep = problemsInBundle(definition, context)
    if (wrong.length > 0) throw stepError(name, [...wrong, ...(await undefinedStep)])
    const ready = undefinedStep.then((missing) => {
      if (missing.length > 0) throw stepError(name, missing)
    })
    // It is awaited in any case, and maybe not yet.
    ready.catch(() => undefined)
    try {
      return { ...known, ...(await requestOf(definition, config, { ...context, ready })) }
    } finally {
      await ready
    }
  } catch (error) {
    signal.throwIfAborted()
    return { ...known, problem: asProblem(error) }
  }
}

/** Has a step's operator say what its machines are, where its image is to be built. Rejects as its use would. */
export async function askAhead(
  { config }: StepDefinition,
  { operators, images }: Pick<PlanContext, 'operators' | 'images'>,
): Promise<void> {
  if (config.docker?.platform !== undefined) return
  const operator = await operators.get(config.stepOperator ?? true)
  if (operator.capabilities.image === 'required') await images.platformOf(operator)
}

/** Everything that is wrong with a step and its operator. */
async function problemsOf(
  definition: StepDefinition,
  { stack, operators, knownFlavors, signal }: PlanContext,
): Promise<readonly StepProblem[]> {
  const problems = await problemsOfStep(definition, { stack, knownFlavors })
  if (problems.some(({ path }) => path === NO_OPERATOR)) return problems
  const unusable = await problemsIn(operators.get(definition.config.stepOperator ?? true), signal)
  // An operator that does not load has been said to.
  return [...problems, ...unusable.filter(({ message }) => problems.every((problem) => problem.message !== message))]
}

/** What is wrong where the bundle does not define the step. */
async function problemsInBundle(
  { kind, name }: StepDefinition,
  { bundle, module, signal }: PlanContext,
): Promise<readonly StepProblem[]> {
  if (kind !== 'function') return []
  return problemsIn(checkBundle(bundle, { steps: [name], projectModule: module, signal }), signal)
}

async function problemsIn(outcome: Promise<unknown>, signal: AbortSignal): Promise<readonly StepProblem[]> {
  try {
    await outcome
    return []
  } catch (error) {
    signal.throwIfAborted()
    const { code, message, hint = 'Correct it.' } = asProblem(error)
    return [{ code, message, hint }]
  }
}

async function requestOf(
  definition: StepDefinition,
  config: ResolvedStepConfig,
  context: PlanContext & WhenReady,
): Promise<Pick<PlannedStep, 'request' | 'image' | 'noRequest' | 'config'>> {
  const { pipeline, stack, store, operators, bundle, projectFolder, journalId = JOURNAL, warn, signal } = context
  const { stepOperator = true, docker, environment, secrets } = config
  const operator = await operators.get(stepOperator)
  // The operator's own copy has values in the place of `${env:NAME}`.
  const given = stack.stepOperatorPart(stepOperator).config
  const key = { runId: RUN, stepRunId: STEP_RUN, attempt: 1 }
  const asked: StepRunInfo = {
    ...stepRunInfo({ ...key, pipeline, definition, config, bundle, store, projectFolder }),
    attempt: key.attempt,
    alternative: 0,
  }
  const checked = await checkCapabilities(operator, asked)
  const { values } = splitSecrets(secrets, operator)
  const { image, built } = await imageOf(withPathOf(checked, environment), operator, context)
  const info: StepRunInfo = built === undefined ? checked : { ...checked, image: built.image }
  const flavor = flavorOf(operator)
  if (!numbersItsCreates(operator)) {
    const own = isObject(given) ? jsonCopy(given) : undefined
    const noRequest = `${flavor} has no more than launch(): what it sends is not known before it is called`
    return { ...image, noRequest, ...(own === undefined ? {} : { config: own }) }
  }
  const job = {
    info,
    labels: { ...key, token: TOKEN, journalId },
    command: commandOf(key, store, built),
    environment: jobVariables({ operator, store, docker, environment }),
    secretNames: Object.keys(values),
  }
  const request = await prepareRequest(job, {
    service: operator.service,
    flavor,
    signal,
    ...(warn === undefined ? {} : { warn }),
  })
  // A value that the step also put where all can read it is no less a secret.
  const hidden = [...Object.values(values), ...resolveEnvironment(given, process.env).values.values()]
  return { ...image, request: redactJson(request, redactor(hidden)) as object }
}

/** What the step would run in: a placeholder for its name, where it is not to be built. */
async function imageOf(
  step: ImageOf,
  operator: BaseStepOperator<any, any>,
  { images, build, ready }: PlanContext & WhenReady,
): Promise<{ readonly image: { readonly image?: PlannedImage }; readonly built?: BuiltImage }> {
  if (operator.capabilities.image !== 'required') return { image: {} }
  if (build === undefined) {
    const parts = await images.plan(step, operator)
    return { image: { image: { parts } }, built: { image: IMAGE, command: IMAGE_COMMAND } }
  }
  const { built, parts } = await images.buildPlanned(step, operator, { report: build, ready })
  return { image: { image: { parts, reference: built.image } }, built }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** As a launch would fail with it. */
function asProblem(error: unknown): SidestepError {
  if (SidestepError.isInstance(error)) return error
  return launchError('infra', `the step operator failed: ${messageOf(error)}`, { cause: error, code: 'LAUNCH_FAILED' })
}
