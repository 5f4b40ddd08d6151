import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

import { codeOf, type RegistryLogin } from '@sidestep/core/component'

import { dockerConfigFolder, HUB_KEY, readDockerConfig, type DockerConfig } from '../distribution/docker-config.ts'
import { canonicalHost, isDockerHub } from '../distribution/registry-host.ts'
import type { Engine } from './find-engine.ts'

/** Who is who at the registry that is pushed to, and where that may be written down. */
export interface ClientLogin {
  readonly registry: string
  /** Absent: what the client knows by itself is right. */
  readonly login: RegistryLogin | undefined
  /** A path in a folder of this user alone, which is removed after the build, whatever happens to this process. */
  readonly folder: string
}

/**
 * The variables for a client that has one login more than the user's own configuration, which it has all else of:
 * contexts, plugins, proxies, other logins.
 */
export async function clientEnvironment(
  { kind, environment }: Pick<Engine, 'kind' | 'environment'>,
  { registry, login, folder }: ClientLogin,
): Promise<NodeJS.ProcessEnv> {
  if (login === undefined) return environment
  await mkdir(folder, { mode: 0o700 })
  const file = join(folder, kind === 'podman' ? 'auth.json' : 'config.json')
  const config =
    kind === 'podman'
      ? podmanConfig(await podmanLogins(environment), registry, login)
      : dockerConfig(await dockerLogins(environment, folder), registry, login)
  await writeFile(file, JSON.stringify(config), { mode: 0o600 })
  return { ...environment, ...(kind === 'podman' ? { REGISTRY_AUTH_FILE: file } : { DOCKER_CONFIG: folder }) }
}

/** The client's own file; everything that lies beside it is linked into `folder`. */
async function dockerLogins(environment: NodeJS.ProcessEnv, folder: string): Promise<DockerConfig> {
  const own = dockerConfigFolder(environment)
  for (const name of await namesIn(own)) {
    if (name !== 'config.json') await symlink(join(own, name), join(folder, name))
  }
  return (await readDockerConfig(join(own, 'config.json'))) ?? {}
}

function dockerConfig(config: DockerConfig, registry: string, login: RegistryLogin): DockerConfig {
  const key = isDockerHub(registry) ? HUB_KEY : registry
  const { username, password } = login
  const auth = username === '<token>' ? { identitytoken: password } : { auth: encoded(username, password) }
  return {
    ...config,
    auths: { ...config.auths, [key]: auth },
    // Without a helper for this one, and without the store for all: each would be asked instead.
    credHelpers: { ...config.credHelpers, [key]: '' },
  }
}

/** All files that Podman looks for a login in, those first that come first: it reads no other than the one that it is given. */
async function podmanLogins(environment: NodeJS.ProcessEnv): Promise<readonly DockerConfig[]> {
  const { REGISTRY_AUTH_FILE: named, XDG_RUNTIME_DIR: runtime, XDG_CONFIG_HOME: configured } = environment
  const config = configured || join(environment['HOME'] || homedir(), '.config')
  const auth = join('containers', 'auth.json')
  const files =
    named === undefined || named === ''
      ? [
          runtime ? join(runtime, auth) : join('/run/containers', `${process.getuid?.() ?? 0}`, 'auth.json'),
          join(config, auth),
          join(dockerConfigFolder(environment), 'config.json'),
        ]
      : [named]
  const found = await Promise.all(files.map(readDockerConfig))
  return found.filter((it) => it !== undefined)
}

/** Podman takes an empty name of a helper for a program, and a login of `host/path` before that of its host. */
function podmanConfig(configs: readonly DockerConfig[], registry: string, login: RegistryLogin): DockerConfig {
  const isOther = ([key]: readonly [string, unknown]): boolean => hostOf(key) !== hostOf(registry)
  const merged = (entries: readonly object[]): object =>
    Object.fromEntries(Object.entries(Object.assign({}, ...entries.toReversed()) as object).filter(isOther))
  const { username, password } = login
  // With a user that is none: it skips an entry that has no `auth`.
  const auth =
    username === '<token>'
      ? { auth: encoded('00000000-0000-0000-0000-000000000000', ''), identitytoken: password }
      : { auth: encoded(username, password) }
  return {
    auths: { ...merged(configs.map(({ auths }) => auths ?? {})), [hostOf(registry)]: auth },
    credHelpers: { ...merged(configs.map(({ credHelpers }) => credHelpers ?? {})) },
  }
}

function hostOf(key: string): string {
  const host = key.replace(/^https?:\/\//u, '').replace(/\/.*$/u, '')
  return canonicalHost(host)
}

function encoded(username: string, password: string): string {
  return Buffer.from(`${username}:${password}`).toString('base64')
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}
