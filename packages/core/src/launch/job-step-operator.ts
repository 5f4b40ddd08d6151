import { systemClock, type Clock } from '../clock.ts'
import { atPoint } from '../events.ts'
import { BaseStepOperator } from '../operator/base-step-operator.ts'
import type { JobHandle, JobLabels, JobService } from '../operator/job-service.ts'
import type { LaunchContext } from '../operator/launch-context.ts'
import type { StepRunInfo } from '../operator/step-run-info.ts'
import { flavorOf } from '../stack/component.ts'
import { Watcher } from '../watch/watcher.ts'
import { checkIntent, createIntent, type Intent } from './intent.ts'
import { launchError } from './launch-error.ts'
import { markNumbersItsCreates } from './numbers-its-creates.ts'
import { submitAttempt } from './submit.ts'
import { watchJob } from './watch-job.ts'

/** What is written when a job exists. */
interface HandleRecord<Handle> {
  readonly handle: Handle
  /** ISO 8601, by this machine. */
  readonly createdAt: string
}

/** What an operator waits by, so that tests can hold it in their hands. */
export interface JobStepOperatorOptions {
  /** Default: the system's. */
  readonly clock?: Clock
  /** From 0 up to 1, for the jitter of waits. Default: `Math.random`. */
  readonly random?: () => number
}

/**
 * A step operator over a {@link JobService}: intent, create, adoption, watching, budgets and cancelling exist here
 * once. A flavor writes `createService()`, its `capabilities`, and the service.
 */
export abstract class JobStepOperator<
  Config,
  Settings extends object,
  Request extends object,
  Handle extends JobHandle,
  Facts = undefined,
> extends BaseStepOperator<Config, Settings> {
  readonly #clock: Clock
  readonly #random: () => number
  #service: JobService<Settings, Request, Handle, Facts> | undefined
  #watcher: Watcher<Handle> | undefined

  constructor(config: Config, { clock = systemClock, random = Math.random }: JobStepOperatorOptions = {}) {
    super(config)
    markNumbersItsCreates(this)
    this.#clock = clock
    this.#random = random
  }

  /** Called once, on first use: clients are made here. */
  protected abstract createService(): JobService<Settings, Request, Handle, Facts>

  /** The port behind this operator. */
  get service(): JobService<Settings, Request, Handle, Facts> {
    this.#service ??= this.createService()
    return this.#service
  }

  override async launch(
    info: StepRunInfo,
    entrypointCommand: readonly string[],
    context: LaunchContext,
  ): Promise<void> {
    const state = await context.attempt.read()
    const labels = labelsOf(info, context)
    let known = state.handle as HandleRecord<Handle> | undefined
    if (known === undefined) {
      const intent =
        (state.intent as Intent<Request> | undefined) ?? (await this.#intend(info, entrypointCommand, labels, context))
      checkIntent(intent, flavorOf(this), this.service.scope)
      if (state.creates.length === 0 && context.ownerNonce === undefined) throwIfStopped(context.signal)
      const { handle, createdAt } = await submitAttempt({
        service: this.service,
        intent,
        labels,
        secrets: context.secrets,
        record: context.attempt,
        creates: state.creates,
        ownerNonce: context.ownerNonce,
        signal: context.signal,
        clock: this.#clock,
        random: this.#random,
      })
      known = { handle, createdAt: createdAt.toISOString() }
      const record = known
      await atPoint('6.handle', labels, () => context.attempt.handle(record))
    }
    const { handle, createdAt } = known
    context.report({
      type: 'handle',
      handle,
      ...(handle.consoleUrl === undefined ? {} : { consoleUrl: handle.consoleUrl }),
    })
    this.#watcher ??= new Watcher(this.service, { clock: this.#clock, random: this.#random })
    await watchJob({
      handle,
      info,
      context,
      createdAt: new Date(createdAt),
      service: this.service,
      watcher: this.#watcher,
      clock: this.#clock,
      random: this.#random,
    })
  }

  async #intend(
    info: StepRunInfo,
    command: readonly string[],
    labels: JobLabels,
    context: LaunchContext,
  ): Promise<Intent<Request>> {
    const { signal } = context
    const settings = this.#settings(info)
    const request = await atPoint('2.prepare', labels, async () => {
      const facts = await this.service.facts(info, { signal })
      const secretNames = Object.keys(context.secrets)
      return this.service.prepare({
        info,
        labels,
        settings,
        command,
        environment: plainEnvironment(context),
        secretNames,
        facts,
      })
    })
    throwIfStopped(signal)
    const intent = createIntent(flavorOf(this), this.service.scope, request)
    await atPoint('3.intent', labels, () => context.attempt.intent(intent))
    return intent
  }

  #settings(info: StepRunInfo): Settings {
    const own = `step_operator.${flavorOf(this)}`
    return (info.config.settings[own] ?? {}) as Settings
  }
}

function labelsOf(info: StepRunInfo, context: LaunchContext): JobLabels {
  const { runId, stepRunId, attempt } = info
  const { token, journalId } = context
  return { runId, stepRunId, attempt, token, journalId }
}

/** The job's environment without what must not be in a request. */
function plainEnvironment({ environment, secrets }: LaunchContext): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => name !== 'SIDESTEP_NONCE' && !(name in secrets)),
  )
}

function throwIfStopped(signal: AbortSignal): void {
  if (!signal.aborted) return
  throw launchError('stopped', 'stopped before its job was created', { cause: signal.reason })
}
