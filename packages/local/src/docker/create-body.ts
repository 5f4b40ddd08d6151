import type { SubmitOptions } from '@sidestep/core'

import { labelsOf } from './container-labels.ts'
import type { DockerRequest } from './request.ts'

/** What the engine is asked to create. Secrets are in the environment, and nowhere else. Pure. */
export function createBody(
  request: DockerRequest,
  { labels, nonce, fingerprint, secrets }: Pick<SubmitOptions, 'labels' | 'nonce' | 'fingerprint' | 'secrets'>,
): object {
  const [program, ...rest] = request.command
  const environment = { ...request.environment, ...secrets, SIDESTEP_NONCE: nonce, SIDESTEP_JOB_TOKEN: labels.token }
  return {
    Image: request.image,
    // An image's own entrypoint is for people.
    Entrypoint: [program],
    Cmd: rest,
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    Labels: labelsOf({ labels, fingerprint, nonce, store: request.store }),
    Healthcheck: { Test: ['NONE'] },
    StopSignal: 'SIGTERM',
    StopTimeout: request.stopTimeoutSeconds,
    ...(request.user === undefined ? {} : { User: request.user }),
    ...(request.workdir === undefined ? {} : { WorkingDir: request.workdir }),
    HostConfig: hostConfig(request),
  }
}

function hostConfig(request: DockerRequest): object {
  const { network, cpuCount, memoryBytes, gpus, init, machineUsers, mounts, sharedMemoryBytes } = request
  return {
    // An attempt is one start, and it is looked at after its end.
    RestartPolicy: { Name: 'no' },
    AutoRemove: false,
    Mounts: mounts.map(({ source, target, readOnly }) => ({
      Type: 'bind',
      Source: source,
      Target: target,
      ReadOnly: readOnly,
    })),
    ShmSize: sharedMemoryBytes,
    // The step's own log is in the store: this one is for those that died before it began.
    LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '2' } },
    ...(init ? { Init: true } : {}),
    ...(network === undefined ? {} : { NetworkMode: network }),
    ...(cpuCount === undefined ? {} : { NanoCpus: Math.round(cpuCount * 1e9) }),
    ...(memoryBytes === undefined ? {} : { Memory: memoryBytes, MemorySwap: memoryBytes }),
    ...(gpus === undefined ? {} : { DeviceRequests: [deviceRequest(gpus)] }),
    ...(machineUsers ? { UsernsMode: 'host' } : {}),
  }
}

function deviceRequest(gpus: number | readonly string[]): object {
  const which = typeof gpus === 'number' ? { Count: gpus } : { DeviceIDs: gpus }
  return { ...which, Capabilities: [['gpu']] }
}
