import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { instanceGroupsOf, type TrainingJobRequest } from './training-job.ts'

/** One machine of a job. */
export interface Host {
  /** `algo-1`. */
  readonly name: string
  readonly instanceType: string
  readonly group: string
}

/** The machines of a job, in their order. Pure. */
export function hostsOf(request: TrainingJobRequest): readonly Host[] {
  const machines = instanceGroupsOf(request).flatMap((group) =>
    Array.from({ length: group.InstanceCount }, () => group),
  )
  return machines.map(({ InstanceType, InstanceGroupName }, index) => ({
    name: `algo-${index + 1}`,
    instanceType: InstanceType,
    group: InstanceGroupName,
  }))
}

/** Where a job sees the folder that it shares with SageMaker. */
export const ML_FOLDER = '/opt/ml'
/** Of `/opt/ml/output/failure`, as much becomes part of `FailureReason`. */
const MAX_FAILURE_CHARACTERS = 1024

/**
 * Lays out `/opt/ml` for one machine, but for the inputs:
 * https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html.
 */
export async function makeMlFolder(folder: string, request: TrainingJobRequest, host: Host): Promise<void> {
  const config = join(folder, 'input', 'config')
  for (const path of [config, join(folder, 'input', 'data')]) await mkdir(path, { recursive: true })
  for (const path of ['', 'model', 'output', 'output/data']) await makeWritable(join(folder, path))
  await writeJson(join(config, 'hyperparameters.json'), request.HyperParameters ?? {})
  await writeJson(join(config, 'inputdataconfig.json'), inputDataConfig(request))
  await writeJson(join(config, 'resourceconfig.json'), resourceConfig(request, host))
}

/** What a job said of its failure, cut as SageMaker cuts it; empty where it said nothing. */
export async function readFailure(folder: string): Promise<string> {
  try {
    const text = await readFile(join(folder, 'output', 'failure'), 'utf8')
    return [...text].slice(0, MAX_FAILURE_CHARACTERS).join('')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** Makes a folder that whatever user an image has may write into. */
export async function makeWritable(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o777)
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFile(file, JSON.stringify(value))
}

function inputDataConfig({ InputDataConfig = [], AlgorithmSpecification }: TrainingJobRequest): unknown {
  return Object.fromEntries(
    InputDataConfig.map(({ ChannelName, ContentType, InputMode, RecordWrapperType, DataSource }) => [
      ChannelName,
      {
        ...(ContentType === undefined ? {} : { ContentType }),
        TrainingInputMode: InputMode ?? AlgorithmSpecification?.TrainingInputMode,
        S3DistributionType: DataSource.S3DataSource?.S3DataDistributionType ?? 'FullyReplicated',
        RecordWrapperType: RecordWrapperType ?? 'None',
      },
    ]),
  )
}

function resourceConfig(request: TrainingJobRequest, { name, instanceType, group }: Host): unknown {
  const hosts = hostsOf(request)
  return {
    current_host: name,
    current_instance_type: instanceType,
    current_group_name: group,
    hosts: hosts.map((host) => host.name),
    instance_groups: instanceGroupsOf(request).map(({ InstanceGroupName, InstanceType }) => ({
      instance_group_name: InstanceGroupName,
      instance_type: InstanceType,
      hosts: hosts.filter((host) => host.group === InstanceGroupName).map((host) => host.name),
    })),
    network_interface_name: 'eth0',
  }
}
