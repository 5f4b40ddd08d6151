import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

import { codeOf } from '@sidestep/core/files'

/** Where an engine listens, and with which certificates. */
export interface EngineAddress {
  /** `unix:`, `tcp:`, `http:`, `https:` or `ssh:`. */
  readonly host: string
  /** Folder of `ca.pem`, `cert.pem` and `key.pem`: TLS is used where it is there. */
  readonly certPath?: string
}

const DEFAULT_HOST = 'unix:///var/run/docker.sock'

/**
 * The engine that the Docker client of this machine would use: `DOCKER_HOST`, `DOCKER_CONTEXT`, the current context, the
 * socket of the system. A context whose files cannot be read counts for the last of them.
 */
export function defaultEngine(environment: NodeJS.ProcessEnv = process.env): EngineAddress {
  const host = environment['DOCKER_HOST']
  const home = environment['HOME'] || homedir()
  const folder = environment['DOCKER_CONFIG'] || join(home, '.docker')
  if (host !== undefined && host !== '') {
    const tls = (environment['DOCKER_TLS_VERIFY'] ?? '') !== ''
    return tls ? { host, certPath: environment['DOCKER_CERT_PATH'] || folder } : { host }
  }
  const context = environment['DOCKER_CONTEXT'] || readJson<ClientConfig>(join(folder, 'config.json'))?.currentContext
  return (context === undefined ? undefined : engineOfContext(context, folder)) ?? { host: DEFAULT_HOST }
}

interface ClientConfig {
  readonly currentContext?: string
}

interface ContextFile {
  readonly Endpoints?: { readonly docker?: { readonly Host?: string } }
}

/** The client keeps a context below the sha256 of its name. */
function engineOfContext(name: string, folder: string): EngineAddress | undefined {
  if (name === 'default' || name === '') return undefined
  const id = createHash('sha256').update(name).digest('hex')
  const file = readJson<ContextFile>(join(folder, 'contexts', 'meta', id, 'meta.json'))
  const host = file?.Endpoints?.docker?.Host
  if (host === undefined || host === '') return undefined
  const certPath = join(folder, 'contexts', 'tls', id, 'docker')
  return existsSync(join(certPath, 'ca.pem')) ? { host, certPath } : { host }
}

function readJson<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T
  } catch (error) {
    if (error instanceof SyntaxError || ['ENOENT', 'ENOTDIR', 'EACCES'].includes(codeOf(error) ?? '')) return undefined
    throw error
  }
}

/** Whether the engine's files are those of this machine. */
export function isOnThisMachine(host: string): boolean {
  return host.startsWith('unix:')
}
