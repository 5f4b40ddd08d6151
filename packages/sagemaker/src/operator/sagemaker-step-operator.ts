import {
  JobStepOperator,
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

import { endpointOf } from '../aws/endpoint-of.ts'
import { isLoopback } from '../aws/is-loopback.ts'
import type { ResolvedSagemakerConfig, ResolvedSagemakerSettings } from '../config/resolved-config.ts'
import { PARAMETER_STORE, SECRETS_MANAGER } from '../runtime/secret-schemes.ts'
import { alternativesIn } from './choose-instance-type.ts'
import { diagnoseSagemaker } from './diagnose.ts'
import type { SagemakerRequest } from './request.ts'
import type { SagemakerHandle } from './sagemaker-handle.ts'
import { TrainingJobService } from './training-job-service.ts'
import { tellingUnknownStates } from './unknown-state.ts'

/** Runs steps as training jobs of Amazon SageMaker. */
export class SagemakerStepOperator extends JobStepOperator<
  ResolvedSagemakerConfig,
  ResolvedSagemakerSettings,
  SagemakerRequest,
  SagemakerHandle
> {
  static override readonly FLAVOR: 'sagemaker' = 'sagemaker'

  override readonly capabilities: Capabilities = {
    image: 'required',
    adopt: true,
    logs: true,
    cancel: true,
    multiNode: true,
    resources: ['cpuCount', 'memory', 'gpuCount', 'gpuType', 'instanceCount'],
  }
  override readonly graceMs: number
  /** Whoever may look at a training job reads its environment: secrets are resolved in the job, with its role. */
  override readonly handedSecretSchemes: readonly string[] = []
  override readonly jobSecretSchemes: readonly string[] = [SECRETS_MANAGER, PARAMETER_STORE]
  readonly #jobs: TrainingJobService

  constructor(config: ResolvedSagemakerConfig, options: JobStepOperatorOptions = {}) {
    super(config, options)
    this.graceMs = config.stopGraceMs
    this.#jobs = new TrainingJobService(config, { clock: options.clock })
  }

  override get location(): ComponentLocation {
    return { cloud: 'aws', region: this.config.region }
  }

  override alternativesOf(config: StepRunInfo['config']): number {
    return alternativesIn((config.settings['step_operator.sagemaker'] ?? {}) as ResolvedSagemakerSettings)
  }

  override async diagnose(options: DiagnoseOptions): Promise<readonly ComponentFinding[]> {
    return diagnoseSagemaker(this.config, this.#jobs.jobs, options)
  }

  override validate(stack: Stack): readonly Problem[] {
    return [...this.#storeProblems(stack), ...this.#registryProblems(stack)]
  }

  override async launch(info: StepRunInfo, command: readonly string[], context: LaunchContext): Promise<void> {
    await super.launch(info, command, { ...context, report: tellingUnknownStates(context) })
  }

  protected override createService(): TrainingJobService {
    return this.#jobs
  }

  /** SageMaker itself reads from and writes to S3 alone. */
  #storeProblems(stack: Stack): readonly Problem[] {
    const store = stack.parts().find(({ type }) => type === 'artifact_store')
    const { uri } = (store?.config ?? {}) as { readonly uri?: unknown }
    const isS3 = store?.flavor === 's3' || (typeof uri === 'string' && uri.startsWith('s3://'))
    if (store === undefined || isS3 || this.config.outputPath !== undefined) return []
    return [
      {
        path: store.path,
        message: `the step operator sagemaker needs a place in S3 for what jobs leave, and the artifact store ${store.flavor} is none`,
        hint: 'Give the stack an artifact store of the flavor s3, or the step operator an outputPath such as s3://bucket/sagemaker.',
      },
    ]
  }

  /** SageMaker pulls images from ECR; a simulator pulls from anywhere. */
  #registryProblems(stack: Stack): readonly Problem[] {
    const endpoint = endpointOf(this.config.endpoint, 'SAGEMAKER')
    const registry = stack.parts().find(({ type }) => type === 'container_registry')
    if (registry === undefined || (endpoint !== undefined && isLoopback(endpoint))) return []
    const { uri } = (registry.config ?? {}) as { readonly uri?: unknown }
    if (registry.flavor === 'ecr' || (typeof uri === 'string' && /\.dkr[.-]ecr[.-]/.test(uri))) return []
    return [
      {
        path: registry.path,
        message: `the step operator sagemaker runs images of ECR, and the container registry ${registry.flavor} is another`,
        hint: 'Give the stack a container registry of the flavor ecr.',
      },
    ]
  }
}
