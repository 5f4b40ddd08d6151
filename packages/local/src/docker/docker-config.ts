import type { Duration } from '@sidestep/core'

/** A folder or file of the engine's machine that every container gets. */
export interface DockerMount {
  /** Absolute path on the engine's machine. */
  readonly source: string
  /** Absolute path in the container. Default: the same. */
  readonly target?: string
  /** Default: false. */
  readonly readOnly?: boolean
}

/** Configuration of the step operator `docker`. */
export interface DockerConfig {
  /**
   * Where the engine listens: `unix:///var/run/docker.sock`, `tcp://host:2376`, `ssh://user@host`. Default: `DOCKER_HOST`,
   * else the current context of the Docker client. Podman's socket works too.
   */
  readonly host?: string
  /** Absolute path of the folder of `ca.pem`, `cert.pem` and `key.pem` for a `tcp:` host with TLS. */
  readonly certPath?: string
  /** The network of the containers, such as `host`. Default: the engine's. */
  readonly network?: string
  /** What every container gets beside the folder of a `local` artifact store, which it always has. */
  readonly mounts?: readonly DockerMount[]
  /** How long a step may go on after it was told to stop. Default: 10 seconds. */
  readonly stopGrace?: Duration
  /** Leave the containers of attempts that are over, to look into them. Default: false. */
  readonly keepContainers?: boolean
}

/** A step's `settings['step_operator.docker']`. */
export interface DockerStepSettings {
  /** The GPUs that the container gets, by index or UUID, in place of any `resources.gpuCount` of them. */
  readonly gpuDevices?: readonly string[]
}
