import type { OciConfig } from '../oci/oci-config.ts'

/** Configuration of the image builder `docker`. */
export interface DockerBuilderConfig extends OciConfig {
  /** Where the engine listens: `tcp://host:2376`, `ssh://user@host`. Default: `DOCKER_HOST`, else what the client uses. */
  readonly host?: string
  /** The client that builds: a name or a path. Default: the first `docker` in `PATH` that has BuildKit, else `podman`. */
  readonly program?: string
}
