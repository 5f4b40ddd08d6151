import { configError, SidestepError } from '@sidestep/core'

import { EngineError } from './engine-client.ts'
import type { DockerRequest } from './request.ts'

/**
 * Why a container could not be created or started. What asking again does not change is a `config` error: no job came of
 * it. Anything else is thrown as it is.
 */
export function startError(error: unknown, { image, name, gpus }: DockerRequest): unknown {
  if (!(error instanceof EngineError)) return error
  const { message, status } = error
  if (gpus !== undefined && /could not select device driver|nvidia|\bcdi\b/i.test(message)) {
    const hint = 'Install the NVIDIA container toolkit on the engine’s machine, or ask for no more GPUs than it has.'
    return configError('RESOURCES_UNAVAILABLE', `the engine cannot give GPUs to a container: ${message}`, hint, error)
  }
  if (
    /executable file not found|exec format error|no such file or directory.*exec|exec: .*: (?:stat|permission)/i.test(
      message,
    )
  ) {
    const hint = 'The image needs Node.js for its own processor: let the image builder add it.'
    return configError('IMAGE_INVALID', `the image ${image} cannot run the step: ${message}`, hint, error)
  }
  if (/bind source path does not exist/i.test(message)) {
    const hint = 'Mounts name folders of the engine’s machine, which have to be there.'
    return configError('CONFIG_INVALID', `the container ${name} cannot be made: ${message}`, hint, error)
  }
  if (/\bnetwork \S+ not found|unable to find network|no such network/i.test(message)) {
    const hint = '`docker network ls` lists the networks of the engine: name one of them as `network`.'
    return configError('CONFIG_INVALID', `the container ${name} cannot have its network: ${message}`, hint, error)
  }
  if (/unable to find (?:user|group)|no matching entries in (?:passwd|group) file/i.test(message)) {
    const hint = 'Write `docker.user` as uid:gid, or name a user that the image has.'
    return configError('CONFIG_INVALID', `the container ${name} cannot run as its user: ${message}`, hint, error)
  }
  if (status >= 400 && status < 500 && status !== 404 && status !== 409) {
    const hint = 'See the `docker` and `resources` settings of the step, and `network` and `mounts` of its operator.'
    return configError('CONFIG_INVALID', `the engine refuses the container ${name}: ${message}`, hint, error)
  }
  return new SidestepError(`the container ${name} could not be started: ${message}`, {
    code: 'LAUNCH_FAILED',
    kind: 'infra',
    hint: `\`docker inspect ${name}\` and the log of the engine may tell more.`,
    cause: error,
  })
}
