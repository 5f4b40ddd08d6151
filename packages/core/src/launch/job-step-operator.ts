import { systemClock, type Clock } from '../clock.ts'
import { atPoint } from '../events.ts'
import type { AttemptState } from '../journal/attempt-record.ts'
import { BaseStepOperator } from '../operator/base-step-operator.ts'
import type { JobHandle, JobLabels, JobService } from '../operator/job-service.ts'
import type { LaunchContext } from '../operator/launch-context.ts'
import type { StepRunInfo } from '../operator/step-run-info.ts'
import { flavorOf } from '../stack/component.ts'
import { Heartbeats } from '../watch/heartbeats.ts'
import { findOwner } from './find-job.ts'
import { recordOf, type HandleRecord } from './handle-record.ts'
import { checkIntent, createIntent, type Intent } from './intent.ts'
import { launchError } from './launch-error.ts'
import { markNumbersItsCreates } from './numbers-its-creates.ts'
import { prepareRequest } from './prepare-request.ts'
import { throwIfTakenOver } from './stop-request.ts'
import { sentAt, submitAttempt, type Submitted } from './submit.ts'
import { watchJob } from './watch-job.ts'
import { watcherOf } from './watcher-of.ts'

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
  readonly #heartbeats: Heartbeats

  constructor(config: Config, { clock = systemClock, random = Math.random }: JobStepOperatorOptions = {}) {
    super(config)
    markNumbersItsCreates(this)
    this.#clock = clock
    this.#random = random
    this.#heartbeats = new Heartbeats({ clock })
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
    const known = state.intent as Intent<Request> | undefined
    if (known !== undefined) checkIntent(known, { flavor: flavorOf(this), scope: this.service.scope, state })
    const submitted =
      state.handle === undefined || context.ownerNonce !== undefined
        ? await this.#submit(info, entrypointCommand, { context, labels, state })
        : submittedBy(state.handle as HandleRecord<Handle>)
    // The job that had taken the attempt is not to be found any more, and has left its result.
    if (submitted === undefined) return
    const { handle } = submitted
    context.report({
      type: 'handle',
      handle,
      ...(handle.consoleUrl === undefined ? {} : { consoleUrl: handle.consoleUrl }),
    })
    const { service } = this
    const { logs: hasLogs } = this.capabilities
    const times = { clock: this.#clock, random: this.#random }
    const watcher = watcherOf(service, times)
    const heartbeats = this.#heartbeats
    await watchJob({ ...submitted, info, context, service, hasLogs, watcher, heartbeats, ...times })
  }

  /** The job of an attempt that has no handle yet: the one that has taken it, one that was created for it, or a new one. */
  async #submit(
    info: StepRunInfo,
    command: readonly string[],
    {
      context,
      labels,
      state,
    }: { readonly context: LaunchContext; readonly labels: JobLabels; readonly state: AttemptState },
  ): Promise<Submitted<Handle> | undefined> {
    const { service } = this
    const { ownerNonce, signal, attempt: record, secrets, token, artifactStore: store } = context
    const { creates } = state
    const times = { clock: this.#clock, random: this.#random }
    let submitted: Submitted<Handle>
    if (ownerNonce === undefined) {
      if (creates.length === 0) throwIfStopped(signal)
      const intent =
        (state.intent as Intent<Request> | undefined) ?? (await this.#intend(info, command, labels, context))
      if (creates.length === 0) throwIfStopped(signal)
      submitted = await submitAttempt({ service, intent, labels, secrets, record, creates, store, signal, ...times })
    } else {
      const found = await findOwner({ service, key: labels, token, ownerNonce, record, store, signal, ...times })
      if ('over' in found) {
        if (found.over === 'decided') return undefined
        throw launchError('infra', 'the job that had begun was not found, and its heartbeat has stopped')
      }
      const { handle } = found
      const create = creates.find(({ nonce }) => nonce === ownerNonce)
      submitted = { handle, createdAt: create === undefined ? this.#clock.date() : sentAt(create, service) }
    }
    // A handle that is there already is that of a job that came second, and stays.
    if (state.handle === undefined) await atPoint('6.handle', labels, () => record.handle(recordOf(submitted)))
    return submitted
  }

  async #intend(
    info: StepRunInfo,
    command: readonly string[],
    labels: JobLabels,
    context: LaunchContext,
  ): Promise<Intent<Request>> {
    const { signal, report } = context
    const warn = (message: string): void => report({ type: 'warning', message })
    const secretNames = Object.keys(context.secrets)
    const request = await atPoint('2.prepare', labels, () =>
      prepareRequest(
        { info, labels, command, environment: plainEnvironment(context), secretNames },
        { service: this.service, flavor: flavorOf(this), signal, warn },
      ),
    )
    throwIfStopped(signal)
    const intent = createIntent(flavorOf(this), this.service.scope, request)
    await atPoint('3.intent', labels, () => context.attempt.intent(intent))
    return intent
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

function submittedBy<Handle extends JobHandle>({ handle, createdAt }: HandleRecord<Handle>): Submitted<Handle> {
  return { handle, createdAt: new Date(createdAt) }
}

function throwIfStopped(signal: AbortSignal): void {
  throwIfTakenOver(signal)
  if (!signal.aborted) return
  throw launchError('stopped', 'stopped before its job was created', { cause: signal.reason })
}
