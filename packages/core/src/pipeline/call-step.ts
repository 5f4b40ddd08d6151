import { createArtifact, type Artifact } from '../artifact/artifact.ts'
import type { AttemptKey } from '../artifact/layout.ts'
import type { SuccessManifest } from '../artifact/manifest.ts'
import type { JobProcess } from '../job-process.ts'
import { configError, messageOf, SidestepError } from '../errors.ts'
import { launchError } from '../launch/launch-error.ts'
import { launchStepRun } from '../launch/launch-step-run.ts'
import type { StepDefinition } from '../step/definition.ts'
import { resolveConfig } from '../step/resolve-config.ts'
import { parseMemory } from '../units.ts'
import { systemRefusalHint } from '../system-refusal.ts'
import { AttemptEvents } from './attempt-events.ts'
import { readCache, writeCache, type CachedOutputs } from './cache.ts'
import { recordCached } from './cached-step.ts'
import { checkInProcess, runInProcess } from './in-process-step.ts'
import { keptResult, wasBegun } from './kept-result.ts'
import { firstAttemptOf, type OpenRun } from './open-run.ts'
import { cacheKeyFor } from './step-cache-key.ts'
import { withPathOf } from './run-images.ts'
import { prepareCall, type CallNames } from './step-input.ts'
import { stepRunInfo } from './step-run-info.ts'
import { StepTimes } from './step-times.ts'
import type { StepWork } from './step-work.ts'

interface Finished {
  readonly outputs: CachedOutputs
  readonly cached: boolean
  readonly kept?: true
  readonly process?: JobProcess
}

/** What one call of a step goes through: its name and input, the cache, then a job or this process. */
export async function callStep(
  definition: StepDefinition,
  input: unknown,
  { run, names }: { readonly run: OpenRun; readonly names: CallNames },
): Promise<Artifact<unknown> | Readonly<Record<string, Artifact<unknown>>>> {
  run.signal.throwIfAborted()
  const { validateStep } = await import('../step/validate-step.ts')
  validateStep(definition)
  const config = resolveConfig(definition)
  checkPlace(definition)
  const call = await prepareCall(definition, input, { run, config, names }).catch((error: unknown) => {
    throw inputError(error, definition.name)
  })
  const { stepRunId } = call
  await run.code.addFile(definition.file)
  const step = { stepRunId, stepName: definition.name }
  const times = new StepTimes(run.clock)
  const operator = config.stepOperator === undefined ? {} : { operator: run.operators.called(config.stepOperator) }
  run.events.publish({ type: 'step.started', ...step, ...operator, at: at(run) })
  try {
    const { outputs, cached, kept, process } = await finish({ definition, config, call, run, times })
    const { durationMs, phases } = times
    run.events.publish({
      type: 'step.succeeded',
      ...step,
      at: at(run),
      durationMs,
      phases,
      cached,
      ...(kept === undefined ? {} : { kept }),
      ...(process === undefined ? {} : { process }),
    })
    const artifacts = Object.entries(outputs).map(
      ([name, stored]) => [name, createArtifact(stored, run.store)] as const,
    )
    const record: Readonly<Record<string, Artifact<unknown>>> = Object.fromEntries(artifacts)
    return definition.kind === 'function' && record['value'] !== undefined ? record['value'] : record
  } catch (thrown) {
    const error = asStepError(thrown, definition.name, run.signal)
    const { durationMs, phases } = times
    run.events.publish({ type: 'step.failed', ...step, at: at(run), durationMs, phases, error })
    throw error
  }
}

/** Says whose input it is that cannot be used. */
function inputError(error: unknown, stepName: string): unknown {
  if (!SidestepError.isInstance(error) || error.code !== 'VALUE_NOT_STORABLE') return error
  const { code, kind, hint, message } = error
  return new SidestepError(`the step ${stepName} was given what it cannot be given: ${message}`, {
    code,
    kind,
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  })
}

async function finish(work: StepWork): Promise<Finished> {
  const { config, run, call } = work
  const kept = await keptResult(call.stepRunId, run)
  if (kept !== undefined) {
    const { outputs, cached = false, process } = kept
    return { outputs, cached, kept: true, ...(cached ? {} : { process }) }
  }
  run.called.add(call.stepRunId)
  // What an earlier launcher began is gone on with: a job of it may run.
  if (config.cache === undefined || (await wasBegun(call.stepRunId, run))) return compute(work)
  const key = await cacheKeyFor(work)
  const known = await orWarned(work, 'its cached result could not be used', () => readCache(key, run))
  if (known !== undefined && (await recordCached(known, work))) return { outputs: known, cached: true }
  const finished = await compute(work)
  await orWarned(work, 'its result could not be cached', () => writeCache(key, finished.outputs, run))
  return finished
}

/** A cache saves time: what goes wrong with it must not fail a step. */
async function orWarned<T>({ definition, run }: StepWork, what: string, use: () => Promise<T>): Promise<T | undefined> {
  try {
    return await use()
  } catch (error) {
    const message = `${what}: ${messageOf(error)}`
    if (!run.signal.aborted) run.events.publish({ type: 'warning', at: at(run), stepName: definition.name, message })
    return undefined
  }
}

async function compute(work: StepWork): Promise<Finished> {
  const { outputs, process } = await (work.config.stepOperator === undefined ? inProcess(work) : inJob(work))
  return { outputs, process, cached: false }
}

async function inProcess({ definition, call, run, times }: StepWork): Promise<SuccessManifest> {
  if (definition.kind === 'command' || call.body.kind === 'command') throw commandInProcess(definition.name)
  const { runId, pipeline, store, signal, events, launcher, projectFolder } = run
  const { stepRunId } = call
  const key: AttemptKey = { runId, stepRunId, attempt: firstAttemptOf(stepRunId, run) }
  const observer = new AttemptEvents(run, definition.name, times)
  const log = (text: string): void => {
    const step = { stepRunId, stepName: definition.name, attempt: key.attempt }
    events.publish({ type: 'log', at: at(run), ...step, stream: 'stdout', text })
  }
  observer.report(key, { type: 'observed', observation: { phase: 'running', at: at(run) } })
  return runInProcess({
    definition,
    key,
    pipeline,
    input: call.body.input,
    store,
    record: run.attempts({ stepName: definition.name }).attempt(key),
    signal,
    log,
    launcher: launcher.n,
    projectFolder,
  })
}

async function inJob({ definition, config, call, run, times }: StepWork): Promise<SuccessManifest> {
  const { runId, pipeline, store, home, projectFolder, signal, clock, random } = run
  const { stepRunId } = call
  const wanted = config.stepOperator ?? true
  const operator = await run.operators.get(wanted)
  const operatorName = run.operators.nameOf(wanted)
  const bundle = await run.bundle.forStep(definition, { stepRunId, attempt: 1 })
  const { resources, environment, secrets } = config
  const memory = resources.memory === undefined ? {} : { memoryBytes: parseMemory(resources.memory) }
  const info = stepRunInfo({ runId, stepRunId, pipeline, definition, config, bundle, store, projectFolder })
  const needsImage = operator.capabilities.image === 'required'
  const { registry } = run.images
  const ofImage = withPathOf(info, environment)
  return launchStepRun({
    operator,
    info,
    ...(needsImage ? { buildImage: async (report) => run.images.build(ofImage, operator, { report }) } : {}),
    ...(registry === undefined ? {} : { containerRegistry: registry }),
    flavors: run.operators.flavors,
    spec: {
      version: 1,
      runId,
      stepRunId,
      pipeline,
      stepName: definition.name,
      operator: operatorName,
      bundleSha256: bundle.sha256,
      body: call.body,
      // Both: a provider may not take what is long, and then it comes from here alone.
      environment: { ...info.config.dockerSettings.environment, ...environment },
      ...memory,
    },
    secrets,
    store,
    journal: run.attempts({ stepName: definition.name, operator: operatorName }),
    firstAttempt: firstAttemptOf(stepRunId, run),
    salt: run.salt,
    home,
    signal,
    observer: new AttemptEvents(run, definition.name, times),
    clock,
    random,
  })
}

function checkPlace(definition: StepDefinition): void {
  if (definition.config.stepOperator !== undefined) return
  if (definition.kind === 'command') throw commandInProcess(definition.name)
  checkInProcess(definition)
}

function commandInProcess(name: string): SidestepError {
  return configError(
    'CONFIG_INVALID',
    `the command step ${name} has no step operator`,
    'Add `stepOperator: true` to it: a command always runs as a job.',
  )
}

function asStepError(error: unknown, stepName: string, signal: AbortSignal): SidestepError {
  if (SidestepError.isInstance(error)) return error
  if (signal.aborted) return launchError('stopped', `the step ${stepName} was stopped: ${messageOf(signal.reason)}`)
  // A full disk, say: nobody has to report that.
  const refused = systemRefusalHint(error)
  return new SidestepError(`the step ${stepName} could not be run: ${messageOf(error)}`, {
    code: refused === undefined ? 'INTERNAL' : 'LAUNCH_FAILED',
    kind: 'infra',
    hint: refused ?? 'This is a fault of Sidestep. Please report it, with the output of --verbose.',
    cause: error,
  })
}

function at(run: OpenRun): string {
  return run.clock.date().toISOString()
}
