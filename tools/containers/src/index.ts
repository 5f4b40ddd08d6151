export { NODE_BASE, nodeBaseAt, REGISTRY } from './addresses.ts'
export { docker, type DockerOptions } from './docker.ts'
export {
  noDockerRegistry,
  startDockerRegistry,
  type LoggedRequest,
  type RegistryOptions,
  type StartedRegistry,
} from './docker-registry.ts'
export { freePort } from './free-port.ts'
export { noEngine } from './no-engine.ts'
export { unavailable } from './unavailable.ts'
