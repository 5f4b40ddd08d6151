import { join } from 'node:path'

import { configError } from '@sidestep/core/component'

import type { Login } from './content.ts'
import { askCredentialHelper } from './credential-helper.ts'
import { dockerConfigFolder, HUB_KEY, readDockerConfig, type AuthEntry } from './docker-config.ts'
import { isDockerHub } from './registry-host.ts'

/** What was looked for and found. */
export interface FoundLogin {
  /** Absent: nobody is logged in to this registry. */
  readonly login?: Login
  /** Where it is from, or where it was looked for, as errors say it: `/root/.docker/config.json (credHelpers: docker-credential-gcloud)`. */
  readonly source: string
}

export interface DockerLoginOptions {
  /** Default: this process's. `DOCKER_CONFIG` is the folder of config.json, `~/.docker` where it is not set. */
  readonly environment?: NodeJS.ProcessEnv
  readonly signal: AbortSignal
}

/**
 * The login for a registry that Docker's own configuration has: of a helper of the registry's own, else what the file holds,
 * else of the store for all registries. Throws `CONFIG_INVALID` for a file that cannot be read, `auth` errors for helpers that
 * are not there or fail.
 *
 * @param registry `host[:port]`
 */
export async function dockerLogin(registry: string, options: DockerLoginOptions): Promise<FoundLogin> {
  const { environment = process.env, signal } = options
  const file = join(dockerConfigFolder(environment), 'config.json')
  const config = await readDockerConfig(file)
  if (config === undefined) return { source: `${file}, which is not there` }
  const entry = find(config.auths, registry)
  const helper = find(config.credHelpers, registry)
  // Helpers know a registry by what it was called at `docker login`, which is what `auths` says.
  const server = isDockerHub(registry) ? HUB_KEY : (entry?.key ?? registry)
  const ask = async (name: string, where: string): Promise<FoundLogin> => {
    const login = await askCredentialHelper(name, server, { environment, file, signal })
    const source = `${file} (${where}: docker-credential-${name})`
    return login === undefined ? { source } : { login, source }
  }
  if (typeof helper?.value === 'string' && helper.value !== '') return ask(helper.value, 'credHelpers')
  const login = entry === undefined ? undefined : loginOfEntry(entry.key, entry.value, file)
  if (login !== undefined) return { login, source: file }
  if (typeof config.credsStore === 'string' && config.credsStore !== '') return ask(config.credsStore, 'credsStore')
  return { source: file }
}

/** Keys are hosts, or URLs with the path of an old API. The exact name wins. */
function find<T>(
  entries: Readonly<Record<string, T>> | null | undefined,
  registry: string,
): { key: string; value: T } | undefined {
  const names = Object.entries(entries ?? {})
  const exact = names.find(([key]) => key === registry || (key === HUB_KEY && isDockerHub(registry)))
  const [key, value] = exact ?? names.find((entry) => isSameRegistry(hostOf(entry[0]), registry)) ?? []
  return key === undefined || value === undefined ? undefined : { key, value }
}

function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/.*$/, '')
}

function isSameRegistry(host: string, registry: string): boolean {
  return host === registry || (isDockerHub(host) && isDockerHub(registry))
}

/** An entry can be empty: then the login is in the store. */
function loginOfEntry(key: string, entry: AuthEntry | null, file: string): Login | undefined {
  const { auth, username, password, identitytoken } = entry ?? {}
  if (typeof identitytoken === 'string' && identitytoken !== '') return { username: '<token>', password: identitytoken }
  if (typeof auth === 'string' && auth !== '') {
    const text = Buffer.from(auth, 'base64').toString()
    const colon = text.indexOf(':')
    if (colon > 0) return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') }
    throw configError(
      'CONFIG_INVALID',
      `The entry of ${key} in ${file} holds no user and password.`,
      `Run \`docker login ${hostOf(key)}\` anew.`,
    )
  }
  return typeof username === 'string' && typeof password === 'string' && username !== ''
    ? { username, password }
    : undefined
}
