import { readFileSync } from 'node:fs'
import { Agent as HttpAgent, type RequestOptions } from 'node:http'
import type { Agent as HttpsAgent } from 'node:https'
import { join } from 'node:path'

import { configError, messageOf } from '@sidestep/core'

import type { EngineAddress } from './docker-host.ts'
import { SshConnection } from './ssh-connection.ts'

/** What of a request's options says where it goes. */
export interface EngineConnection {
  readonly secure: boolean
  readonly options: RequestOptions
  /** For requests that go on for minutes, where connections are few. Absent: there is no such limit. */
  readonly longAgent?: HttpAgent
}

/**
 * How requests reach an engine. Each has a connection of its own: that costs nothing, and none is broken by an engine that
 * was restarted. By ssh, a few are used by all. Throws a `CONFIG_INVALID` error for an address that is none, and for
 * certificates that cannot be read.
 */
export function connectionTo({ host, certPath }: EngineAddress): EngineConnection {
  const url = parse(host)
  if (url.protocol === 'unix:') {
    return { secure: false, options: { socketPath: decodeURIComponent(url.pathname), agent: false } }
  }
  if (url.protocol === 'ssh:') {
    const agent = sshAgent(url, MOST_SSH)
    return { secure: false, options: { host: 'docker', agent }, longAgent: sshAgent(url, MOST_LONG_SSH) }
  }
  const secure = url.protocol === 'https:' || certPath !== undefined
  const port = url.port === '' ? (secure ? 2376 : 2375) : Number(url.port)
  const options = { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port }
  return secure
    ? { secure, options: { ...options, agent: tlsAgent(certPath) } }
    : { secure, options: { ...options, agent: false } }
}

/** Loaded where it is used: for an engine behind a socket, it would take longer than the first request. */
export function https(): typeof import('node:https') {
  return process.getBuiltinModule('node:https')
}

function parse(host: string): URL {
  const known = ['unix:', 'tcp:', 'http:', 'https:', 'ssh:']
  const url = URL.canParse(host) ? new URL(host) : undefined
  if (url !== undefined && known.includes(url.protocol)) {
    // `unix://var/run/docker.sock` would be /run/docker.sock.
    if (url.protocol === 'unix:' ? url.hostname === '' && url.pathname.startsWith('/') : url.hostname !== '') return url
  }
  throw configError(
    'CONFIG_INVALID',
    `${host} is no address of a Docker engine`,
    'Write unix:///var/run/docker.sock (with three slashes), tcp://host:2376 or ssh://user@host.',
  )
}

function tlsAgent(certPath: string | undefined): HttpsAgent {
  const { Agent } = https()
  if (certPath === undefined) return new Agent()
  try {
    const read = (name: string): Buffer => readFileSync(join(certPath, name))
    return new Agent({ ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') })
  } catch (error) {
    throw configError(
      'CONFIG_INVALID',
      `the certificates for the engine cannot be read: ${messageOf(error)}`,
      'ca.pem, cert.pem and key.pem have to be in the folder that certPath or DOCKER_CERT_PATH names.',
      error,
    )
  }
}

/** Nobody is there to answer a question, again for each request. */
const SSH_OPTIONS: readonly string[] = ['-o', 'ConnectTimeout=30', '-o', 'BatchMode=yes']

/** At once, for short requests and for those that take minutes: servers refuse whoever opens more than ten at a time. */
const MOST_SSH = 6
const MOST_LONG_SSH = 3

function sshAgent({ hostname, port, username }: URL, maxSockets: number): HttpAgent {
  const user = username === '' ? [] : ['-l', decodeURIComponent(username)]
  const args = [...user, ...(port === '' ? [] : ['-p', port]), '-T', ...SSH_OPTIONS, '--', hostname]
  // Each takes a second to come about: those that are idle are used again.
  const agent = new HttpAgent({ keepAlive: true, maxSockets })
  agent.createConnection = () => new SshConnection(args)
  return agent
}
