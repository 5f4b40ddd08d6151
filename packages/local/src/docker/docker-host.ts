import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

import { codeOf, configError, messageOf } from '@sidestep/core/files'

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
 * socket of the system. Throws a `CONFIG_INVALID` error for a context that is not there, and for files that cannot be
 * read: another engine than the one that was meant is worse than none.
 */
export function defaultEngine(environment: NodeJS.ProcessEnv = process.env): EngineAddress {
  const host = environment['DOCKER_HOST']
  const home = environment['HOME'] || homedir()
  const folder = environment['DOCKER_CONFIG'] || join(home, '.docker')
  if (host !== undefined && host !== '') {
    const tls = (environment['DOCKER_TLS_VERIFY'] ?? '') !== ''
    return tls ? { host, certPath: environment['DOCKER_CERT_PATH'] || folder } : { host }
  }
  const variable = environment['DOCKER_CONTEXT'] ?? ''
  if (variable !== '') return engineOfContext({ name: variable, from: 'DOCKER_CONTEXT' }, folder)
  const file = join(folder, 'config.json')
  return engineOfContext({ name: readJson<ClientConfig>(file)?.currentContext ?? '', from: file }, folder)
}

interface ClientConfig {
  readonly currentContext?: string
}

interface ContextFile {
  readonly Endpoints?: { readonly docker?: { readonly Host?: string } }
}

/** The client keeps a context below the sha256 of its name. `from` says who named it. */
function engineOfContext(
  { name, from }: { readonly name: string; readonly from: string },
  folder: string,
): EngineAddress {
  if (name === 'default' || name === '') return { host: DEFAULT_HOST }
  const id = createHash('sha256').update(name).digest('hex')
  const path = join(folder, 'contexts', 'meta', id, 'meta.json')
  const file = readJson<ContextFile>(path)
  const host = file?.Endpoints?.docker?.Host ?? ''
  if (host === '') {
    const what = file === undefined ? `there is no ${path}` : `${path} names no engine`
    const hint = `\`docker context ls\` lists the contexts that there are. Or let DOCKER_HOST or \`host\` name the engine.`
    throw configError('CONFIG_INVALID', `${from} names the Docker context ${name}, and ${what}`, hint)
  }
  const certPath = join(folder, 'contexts', 'tls', id, 'docker')
  return existsSync(join(certPath, 'ca.pem')) ? { host, certPath } : { host }
}

/** `undefined` where there is no such file. */
function readJson<T extends object>(path: string): T | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as T | null
    if (typeof value === 'object' && value !== null) return value
    throw new SyntaxError('it is no object')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return undefined
    const message = `${path} says which engine is meant, and cannot be read: ${messageOf(error)}`
    const hint = 'Mend that file, or let DOCKER_HOST or `host` of the step operator name the engine.'
    throw configError('CONFIG_INVALID', message, hint, error)
  }
}

/** Whether the engine's files are those of this machine. */
export function isOnThisMachine(host: string): boolean {
  return host.startsWith('unix:')
}
