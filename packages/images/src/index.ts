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
