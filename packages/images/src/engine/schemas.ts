import { builderOptions, resolvedBuilder, type ResolvedOciConfig } from '../oci/schemas.ts'
import { textConfig, type TextConfig } from '../text-config.ts'

/** A configuration of the image builder, complete. */
export interface ResolvedDockerBuilderConfig extends ResolvedOciConfig {
  readonly host?: string
  readonly program?: string
}

/** Of `DockerBuilderConfig`. */
export const dockerBuilderConfigSchema: TextConfig<ResolvedDockerBuilderConfig> = textConfig(
  {
    ...builderOptions,
    host: {
      description: 'Where the engine listens. Default: DOCKER_HOST, else what the client uses.',
      pattern: [/^[a-z]+:\/\/./u, 'write unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host'],
    },
    program: {
      description: 'The client that builds. Default: the first docker in PATH that has BuildKit, else podman.',
    },
  },
  ({ host, program, ...shared }) => ({
    ...resolvedBuilder(shared),
    ...(host === undefined ? {} : { host }),
    ...(program === undefined ? {} : { program }),
  }),
)
