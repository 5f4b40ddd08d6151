import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

import { codeOf, configError, messageOf } from '@sidestep/core/component'

/** What `auths` says of one registry. It can be empty: then the login is in a helper. */
export interface AuthEntry {
  readonly auth?: unknown
  readonly username?: unknown
  readonly password?: unknown
  readonly identitytoken?: unknown
}

/** What of a client's `config.json` is about logins. Of the values nothing is checked yet. */
export interface DockerConfig {
  readonly auths?: Readonly<Record<string, AuthEntry | null>> | null
  readonly credHelpers?: Readonly<Record<string, unknown>> | null
  readonly credsStore?: unknown
}

/** How `docker login` writes down Docker Hub. */
export const HUB_KEY = 'https://index.docker.io/v1/'

/** Where the client's `config.json` lies: `DOCKER_CONFIG`, else `~/.docker`. */
export function dockerConfigFolder(environment: NodeJS.ProcessEnv): string {
  return environment['DOCKER_CONFIG'] || join(environment['HOME'] || homedir(), '.docker')
}

/**
 * Reads a file with logins, of Docker or Podman. `undefined` where it is not there. Rejects with `CONFIG_INVALID` for one
 * that cannot be read, or is no JSON object: with its name, and nothing of what stands in it.
 */
export async function readDockerConfig(file: string): Promise<DockerConfig | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    throw configError('CONFIG_INVALID', `Docker's configuration cannot be read: ${messageOf(error)}.`, undefined, error)
  }
  const config = parsed(text)
  if (isObject(config) && [config['auths'], config['credHelpers']].every((it) => isObject(it ?? {}))) return config
  throw configError(
    'CONFIG_INVALID',
    `Docker's configuration ${file} is no JSON object with objects of logins.`,
    'Correct it, or run `docker login` anew.',
  )
}

/** `undefined` for what is no JSON. The parser's message quotes the file, and so maybe a password: it is not kept. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, any> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
