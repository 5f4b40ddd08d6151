import { configError, parseMemory, type JobToPrepare } from '@sidestep/core'

import { checkResources } from './check-resources.ts'
import { containerName, storeMark } from './container-labels.ts'
import type { DockerMount, DockerStepSettings } from './docker-config.ts'
import type { EngineFacts } from './engine-facts.ts'
import { checkSettings, type ResolvedDockerConfig } from './schemas.ts'

/** Everything that decides how a container runs, and nothing secret: what the intent keeps and `plan` prints. */
export interface DockerRequest {
  /** Of the container. */
  readonly name: string
  /** `repository@sha256:…` */
  readonly image: string
  /** Instead of the image's own entrypoint. */
  readonly command: readonly string[]
  /** Of the job, without its secrets. */
  readonly environment: Readonly<Record<string, string>>
  /** Variables whose values the launcher hands on at each create. */
  readonly secretNames: readonly string[]
  /** Stands for the artifact store in a label. */
  readonly store: string
  /** `uid:gid`, or a name of the image. Absent: the image's own. */
  readonly user?: string
  /** Absent: the image's own. */
  readonly workdir?: string
  /** Absent: the engine's own. */
  readonly network?: string
  /** Folders of this machine that the job sees. */
  readonly mounts: readonly Required<DockerMount>[]
  /** Processors' worth of time. Absent: no limit. */
  readonly cpuCount?: number
  /** Of all processes of the container together; there is no swap beside it. */
  readonly memoryBytes?: number
  /** The most that `/dev/shm` holds: half of the memory, as on any machine. */
  readonly sharedMemoryBytes: number
  /** How many, whichever; or which ones. */
  readonly gpus?: number | readonly string[]
  /** Between SIGTERM and SIGKILL, in seconds. */
  readonly stopTimeoutSeconds: number
  /** Whether the engine's own first process runs the command. */
  readonly init: boolean
  /** Users are those of the machine, although the engine maps them to others. */
  readonly machineUsers: boolean
}

/** The entrypoint ends the step within the grace and then writes the result. */
const WRITE_RESULT_MS = 5_000

/** The exact request of a container, or an error about what the engine cannot do. Pure. */
export function prepareRequest(
  { info, labels, settings, command, environment, secretNames, facts }: JobToPrepare<DockerStepSettings, EngineFacts>,
  config: ResolvedDockerConfig,
): DockerRequest {
  const { dockerSettings: docker, resourceSettings: resources } = info.config
  checkSettings(settings, info.stepName)
  checkResources(info, settings, facts)
  const memoryBytes = resources.memory === undefined ? undefined : parseMemory(resources.memory)
  const store = environment['SIDESTEP_STORE'] ?? ''
  const storeFolder = folderOfStore(store)
  const gpus = settings.gpuDevices ?? (resources.gpuCount === 0 ? undefined : resources.gpuCount)
  // Files that it leaves in a folder of the machine are to belong to whom the folder belongs.
  const user = docker.user ?? (storeFolder === undefined ? undefined : facts.user)
  const hasOtherUser = docker.user === undefined && user !== undefined
  return {
    name: containerName(labels.token),
    image: imageOf(info.image, info.stepName),
    command,
    // Whoever has no entry in the image's list of users has `/` as home, where nothing can be written.
    environment: { ...(hasOtherUser ? { HOME: '/tmp' } : {}), ...environment },
    secretNames,
    store: storeMark(store),
    mounts: mountsOf(config, storeFolder),
    ...(user === undefined ? {} : { user }),
    ...(docker.workdir === undefined ? {} : { workdir: docker.workdir }),
    ...(config.network === undefined ? {} : { network: config.network }),
    ...(resources.cpuCount === undefined ? {} : { cpuCount: resources.cpuCount }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...(gpus === undefined ? {} : { gpus }),
    sharedMemoryBytes: Math.floor((memoryBytes ?? facts.memoryBytes) / 2),
    stopTimeoutSeconds: Math.ceil((config.stopGraceMs + WRITE_RESULT_MS) / 1_000),
    init: facts.hasInit,
    machineUsers: facts.remapsUsers && storeFolder !== undefined,
  }
}

/** A store that is a folder lies at the same place in the container. */
function folderOfStore(variable: string): string | undefined {
  if (variable === '') return undefined
  const { flavor, path } = JSON.parse(variable) as { readonly flavor?: unknown; readonly path?: unknown }
  return flavor === 'local' && typeof path === 'string' ? path : undefined
}

function mountsOf({ mounts }: ResolvedDockerConfig, storeFolder: string | undefined): readonly Required<DockerMount>[] {
  const given = mounts.map(({ source, target, readOnly }) => ({
    source,
    target: target ?? source,
    readOnly: readOnly ?? false,
  }))
  if (storeFolder === undefined || given.some(({ target }) => target === storeFolder)) return given
  return [{ source: storeFolder, target: storeFolder, readOnly: false }, ...given]
}

function imageOf(image: string | undefined, stepName: string): string {
  if (image !== undefined) return image
  throw configError(
    'IMAGE_INVALID',
    `the step ${stepName} has no image, and the step operator docker runs nothing else`,
    'Give the stack an imageBuilder.',
  )
}
