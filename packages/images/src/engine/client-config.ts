import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

import { codeOf, configError, type RegistryLogin } from '@sidestep/core'
import { readIfThere } from '@sidestep/core/files'

import { isDockerHub } from '../distribution/registry-host.ts'

/** The key of Docker Hub in the client's configuration. */
const HUB_KEY = 'https://index.docker.io/v1/'

/**
 * Calls with the variables for a client that has one login more than the user's own configuration, which it has all else
 * of: contexts, plugins, proxies. The login lies in a folder of this user alone, until the call has ended.
 */
export async function withLogin<T>(
  environment: NodeJS.ProcessEnv,
  { registry, login }: { readonly registry: string; readonly login: RegistryLogin | undefined },
  use: (environment: NodeJS.ProcessEnv) => Promise<T>,
): Promise<T> {
  if (login === undefined) return use(environment)
  const own = environment['DOCKER_CONFIG'] || join(environment['HOME'] || homedir(), '.docker')
  const folder = await mkdtemp(join(tmpdir(), 'sidestep-docker-'))
  try {
    for (const name of await namesIn(own)) {
      if (name !== 'config.json') await symlink(join(own, name), join(folder, name))
    }
    const file = join(folder, 'config.json')
    const text = JSON.stringify(merged(await read(join(own, 'config.json')), registry, login))
    await writeFile(file, text, { mode: 0o600 })
    return await use({ ...environment, DOCKER_CONFIG: folder, REGISTRY_AUTH_FILE: file })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface ClientConfig {
  readonly auths?: Readonly<Record<string, object>>
  readonly credHelpers?: Readonly<Record<string, string>>
}

function merged(config: ClientConfig, registry: string, { username, password }: RegistryLogin): ClientConfig {
  const key = isDockerHub(registry) ? HUB_KEY : registry
  const auth =
    username === '<token>'
      ? { identitytoken: password }
      : { auth: Buffer.from(`${username}:${password}`).toString('base64') }
  return {
    ...config,
    auths: { ...config.auths, [key]: auth },
    // Without a helper for this one: it would be asked instead.
    credHelpers: { ...config.credHelpers, [key]: '' },
  }
}

async function read(path: string): Promise<ClientConfig> {
  const text = await readIfThere(path)
  if (text === undefined) return {}
  try {
    return JSON.parse(text) as ClientConfig
  } catch (error) {
    throw configError('CONFIG_INVALID', `${path} is no JSON`, 'Correct it, or log in anew.', error)
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}
