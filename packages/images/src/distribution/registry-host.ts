import { checkRegistry } from './reference.ts'

/** What Docker Hub's registry is called in names of images, and where it is. */
const HUB = { name: 'docker.io', aliases: ['index.docker.io', 'registry-1.docker.io'], host: 'registry-1.docker.io' }

/** True for 127.0.0.0/8, ::1 and localhost: the only hosts that are spoken to without TLS. */
export function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[?::1\]?)$/i.test(hostname)
}

/** True for Docker Hub by any of its names. */
export function isDockerHub(registry: string): boolean {
  return registry === HUB.name || HUB.aliases.includes(registry)
}

/** One name for each registry: `docker.io` for Docker Hub by any of its names, others as they are. */
export function canonicalHost(registry: string): string {
  return isDockerHub(registry) ? HUB.name : registry
}

/** Where a registry is asked: plain HTTP on loopback, HTTPS everywhere else. Throws `CONFIG_INVALID` for what is no `host[:port]`. */
export function registryUrl(registry: string): URL {
  checkRegistry(registry)
  const host = isDockerHub(registry) ? HUB.host : registry
  const url = new URL(`https://${host}`)
  return isLoopback(url.hostname) ? new URL(`http://${host}`) : url
}
