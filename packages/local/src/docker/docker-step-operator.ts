import {
  JobStepOperator,
  messageOf,
  type CallOptions,
  type Capabilities,
  type ComponentFinding,
  type ComponentLocation,
  type DiagnoseOptions,
  type JobStepOperatorOptions,
  type LaunchContext,
  type Problem,
  type Stack,
  type StepRunInfo,
} from '@sidestep/core'

import type { DockerStepSettings } from './docker-config.ts'
import { diagnoseEngine } from './diagnose-engine.ts'
import { isOnThisMachine } from './docker-host.ts'
import { DockerJobService, type DockerHandle } from './docker-job-service.ts'
import type { EngineFacts } from './engine-facts.ts'
import { provideImage } from './provide-image.ts'
import { removeEnded } from './remove-ended.ts'
import type { DockerRequest } from './request.ts'
import type { ResolvedDockerConfig } from './schemas.ts'
import { tellingUnknownStates } from './unknown-state.ts'

/** What the removal of old containers may take, in milliseconds. */
const REMOVAL_MS = 30_000

/** Runs steps as containers of a Docker engine, or of Podman, in the very image that a cloud would run. */
export class DockerStepOperator extends JobStepOperator<
  ResolvedDockerConfig,
  DockerStepSettings,
  DockerRequest,
  DockerHandle,
  EngineFacts
> {
  static override readonly FLAVOR: 'docker' = 'docker'

  override readonly capabilities: Capabilities = {
    image: 'required',
    adopt: true,
    logs: true,
    cancel: true,
    multiNode: false,
    resources: ['cpuCount', 'memory', 'gpuCount'],
  }
  override readonly graceMs: number
  /** They are in the container's environment, which whoever may use the engine can read, and in nothing else. */
  override readonly handedSecretSchemes: readonly string[] = ['env']
  readonly #jobs: DockerJobService

  constructor(config: ResolvedDockerConfig, options: JobStepOperatorOptions = {}) {
    super(config, options)
    this.graceMs = config.stopGraceMs
    this.#jobs = new DockerJobService(config)
  }

  override get location(): ComponentLocation | undefined {
    return isOnThisMachine(this.config.engine.host) ? { cloud: 'local' } : undefined
  }

  override async imagePlatform(options: CallOptions): Promise<string> {
    return (await this.#jobs.engineFacts(options)).platform
  }

  override async diagnose(options: DiagnoseOptions): Promise<readonly ComponentFinding[]> {
    return diagnoseEngine(this.#jobs.client, this.config.engine.host, options)
  }

  override validate(stack: Stack): readonly Problem[] {
    const { host } = this.config.engine
    const store = stack.parts().find(({ type }) => type === 'artifact_store')
    if (isOnThisMachine(host) || store?.flavor !== 'local') return []
    // A folder that both have, such as one of a file server.
    const { path } = (store.config ?? {}) as { readonly path?: unknown }
    if (this.config.mounts.some(({ source, target = source }) => target === path)) return []
    return [
      {
        path: store.path,
        message: `the step operator docker runs containers on ${host}, which cannot reach a folder of this machine`,
        hint: "Give the stack an artifact store that both reach, or the operator an engine of this machine. Where the engine's machine has the very same folder, name it in `mounts`.",
      },
    ]
  }

  override async launch(info: StepRunInfo, command: readonly string[], context: LaunchContext): Promise<void> {
    const report = tellingUnknownStates(context)
    this.#jobs.logins.use(context.containerRegistry)
    const { handle, creates } = await context.attempt.read()
    if (handle === undefined && creates.length === 0 && context.ownerNonce === undefined) {
      const settings = (info.config.settings['step_operator.docker'] ?? {}) as DockerStepSettings
      await provideImage(this.#jobs, info, settings, { signal: context.signal, report })
    }
    try {
      await super.launch(info, command, { ...context, report })
    } finally {
      if (!this.config.keepContainers) await this.#removeEnded(context)
    }
  }

  protected override createService(): DockerJobService {
    return this.#jobs
  }

  /** How the step ended is not changed by an engine that does not remove what is left. */
  async #removeEnded(context: LaunchContext): Promise<void> {
    try {
      const { artifactStore, environment } = context
      const config = environment['SIDESTEP_STORE'] ?? ''
      await removeEnded(this.#jobs.client, artifactStore, { config, signal: AbortSignal.timeout(REMOVAL_MS) })
    } catch (error) {
      context.report({
        type: 'warning',
        message: `containers of earlier steps could not be removed: ${messageOf(error)}`,
      })
    }
  }
}
