export { dockerLogin, type DockerLoginOptions, type FoundLogin } from './distribution/docker-login.ts'
export { formatReference, parseReference, type ImageReference } from './distribution/reference.ts'
export {
  RegistryClient,
  type BlobSource,
  type Digest,
  type Login,
  type Manifest,
  type RegistryClientOptions,
  type RepositoryClient,
} from './distribution/registry-client.ts'
export { registryLogin } from './distribution/registries.ts'
export { isLoopback } from './distribution/registry-host.ts'
export { diagnoseRegistry } from './oci/diagnose-registry.ts'
export { docker, type DockerBuilderFlavor } from './docker-builder.ts'
export type { DockerBuilderConfig } from './engine/docker-builder-config.ts'
export { oci, type OciFlavor } from './oci.ts'
export type { OciConfig, OciContainerRegistryConfig } from './oci/oci-config.ts'
export { registry } from './registry.ts'
