import { configError, SidestepError, type FailureKind } from '@sidestep/core/component'

import { ConnectionError, RedirectError } from './connection-error.ts'
import { isDockerHub } from './registry-host.ts'
import { RegistryAnswerError } from './registry-answer.ts'

/** What was being done. */
export interface RegistryTask {
  /** As a sentence goes on with it: `push a layer to`, `read`. */
  readonly doing: string
  /** `ghcr.io/acme/steps:1` */
  readonly subject: string
}

/** What errors say about the circumstances. */
export interface RegistryCircumstances {
  /** `host[:port]` as the user wrote it. */
  readonly registry: string
  /** What is known of the login: who, from which file or helper. */
  readonly login?: string | undefined
}

/** The token service said no to the login itself. */
export class TokenRefusedError extends Error {
  /** Of the service. */
  readonly host: string
  /** What it said. */
  readonly answer: RegistryAnswerError

  constructor(host: string, answer: RegistryAnswerError) {
    super(`${host}: ${answer.message}`, { cause: answer })
    this.host = host
    this.answer = answer
  }
}

/** An error for people out of what a registry or the network did. Other errors stay as they are. */
export function translateRegistryError(
  error: unknown,
  task: RegistryTask,
  circumstances: RegistryCircumstances,
): unknown {
  if (error instanceof TokenRefusedError) return refused(error.host, error.answer, error, task, circumstances)
  if (error instanceof RegistryAnswerError) return ofAnswer(error, task, circumstances)
  if (error instanceof ConnectionError) return ofConnection(error, task, circumstances)
  if (error instanceof RedirectError)
    return failed(`Could not ${task.doing} ${task.subject}: ${error.message}`, 'infra', error)
  return error
}

function ofAnswer(error: RegistryAnswerError, task: RegistryTask, circumstances: RegistryCircumstances): SidestepError {
  const { registry } = circumstances
  if (error.status === 401 || error.status === 403) return refused(registry, error, error, task, circumstances)
  const said = `${registry} answers ${error.message}`
  const message = `Could not ${task.doing} ${task.subject}: ${said}.`
  if (error.status === 404) return configError('IMAGE_UNKNOWN', message, unknownHint(error), error)
  if (error.status === 429) {
    const minutes = Math.ceil((error.retryAfterMs ?? 0) / 60_000)
    const hint = `It limits how often it is asked${minutes > 1 ? `: try again in ${minutes} minutes` : ''}. With a login the limit is often higher: \`docker login ${registry}\`.`
    return failed(message, 'infra', error, hint)
  }
  if (error.status >= 500 || error.status === 408)
    return failed(message, 'infra', error, 'The registry has a problem of its own; it was asked several times.')
  if (error.codes.some((code) => code.startsWith('MANIFEST_')))
    return configError('IMAGE_INVALID', message, undefined, error)
  return failed(message, 'config', error)
}

function unknownHint(error: RegistryAnswerError): string {
  // Amazon ECR, for one: a repository is made before the first push, unless a creation template says otherwise.
  if (error.codes.includes('NAME_UNKNOWN'))
    return 'There is no such repository. Some registries want it to be created before the first push.'
  return 'Check the name, the tag and the digest.'
}

function refused(
  host: string,
  answer: RegistryAnswerError,
  cause: Error,
  task: RegistryTask,
  circumstances: RegistryCircumstances,
): SidestepError {
  const { registry, login } = circumstances
  const hint = `${login === undefined ? 'It did not say how it wants to be asked' : `${capital(login)}`}. \`docker login ${registry}\` makes a new one.`
  return failed(`Not allowed to ${task.doing} ${task.subject}: ${host} answers ${answer.message}.`, 'auth', cause, hint)
}

function ofConnection(error: ConnectionError, task: RegistryTask, { registry }: RegistryCircumstances): SidestepError {
  return failed(
    `Could not ${task.doing} ${task.subject}: ${error.message}.`,
    'infra',
    error,
    connectionHint(error.code ?? '', registry),
  )
}

function connectionHint(code: string, registry: string): string {
  if (code.includes('CERT') || code.includes('SIGNATURE'))
    return 'Where the certificate is of an authority of your own, NODE_EXTRA_CA_CERTS names the file with it.'
  if (code === 'EPROTO' || code.startsWith('ERR_SSL'))
    return 'Registries are asked with TLS; plain HTTP is for this machine only (localhost, 127.0.0.1, ::1).'
  const proxy = ['HTTPS_PROXY', 'https_proxy'].find((name) => (process.env[name] ?? '') !== '')
  if (proxy !== undefined && !proxiesSupported())
    return `${proxy} is set, but Node.js ${process.version} does not know it: proxies need 22.21 or 24.5.`
  if (code === 'ENOTFOUND') {
    const network = proxy === undefined ? 'the network: behind a proxy, HTTPS_PROXY names it' : `the proxy, ${proxy}`
    return isDockerHub(registry) ? `Check ${network}.` : `Check the name of the registry, ${registry}, and ${network}.`
  }
  return 'Check the network and that the registry is up.'
}

/** Since when `http.Agent` takes `proxyEnv` (https://nodejs.org/api/http.html#built-in-proxy-support). */
function proxiesSupported(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21)
}

function failed(message: string, kind: FailureKind, cause: Error, hint?: string): SidestepError {
  return new SidestepError(message, { code: 'REGISTRY_FAILED', kind, cause, ...(hint === undefined ? {} : { hint }) })
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
