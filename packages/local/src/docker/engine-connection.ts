import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Agent as HttpAgent, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { join } from 'node:path'
import { Duplex } from 'node:stream'

import { configError } from '@sidestep/core'

import type { EngineAddress } from './docker-host.ts'

/** What of a request's options says where it goes. */
export interface EngineConnection {
  readonly secure: boolean
  readonly options: RequestOptions
}

/**
 * How requests reach an engine. Each has a connection of its own: over a socket of this machine that costs nothing, and none
 * is broken by an engine that was restarted. Throws a `CONFIG_INVALID` error for an address that is none.
 */
export function connectionTo({ host, certPath }: EngineAddress): EngineConnection {
  const url = parse(host)
  if (url.protocol === 'unix:') return { secure: false, options: { socketPath: decodeURIComponent(url.pathname) } }
  if (url.protocol === 'ssh:') return { secure: false, options: { host: 'docker', agent: sshAgent(url) } }
  const secure = url.protocol === 'https:' || certPath !== undefined
  const port = url.port === '' ? (secure ? 2376 : 2375) : Number(url.port)
  const options = { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port }
  return secure ? { secure, options: { ...options, agent: tlsAgent(certPath) } } : { secure, options }
}

function parse(host: string): URL {
  const known = ['unix:', 'tcp:', 'http:', 'https:', 'ssh:']
  const url = URL.canParse(host) ? new URL(host) : undefined
  if (url !== undefined && known.includes(url.protocol) && (url.hostname !== '' || url.protocol === 'unix:')) return url
  throw configError(
    'CONFIG_INVALID',
    `${host} is no address of a Docker engine`,
    'Write unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host.',
  )
}

function tlsAgent(certPath: string | undefined): HttpsAgent {
  if (certPath === undefined) return new HttpsAgent()
  const read = (name: string): Buffer => readFileSync(join(certPath, name))
  return new HttpsAgent({ ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') })
}

/** As the Docker client does it: the engine's socket is spoken to through a command on the other machine. */
function sshAgent({ hostname, port, username }: URL): HttpAgent {
  const user = username === '' ? [] : ['-l', decodeURIComponent(username)]
  const args = [...user, ...(port === '' ? [] : ['-p', port]), '-T', '-o', 'ConnectTimeout=30', '--', hostname]
  const agent = new HttpAgent()
  agent.createConnection = () => {
    const child = spawn('ssh', [...args, 'docker', 'system', 'dial-stdio'], { stdio: ['pipe', 'pipe', 'pipe'] })
    const said: Buffer[] = []
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk))
    const connection = Duplex.from({ readable: child.stdout, writable: child.stdin })
    child.on('error', (error) => connection.destroy(error))
    child.on('close', (code) => {
      const why = Buffer.concat(said).toString().trim()
      if (code !== 0) connection.destroy(new Error(`ssh ${hostname}: ${why === '' ? `exit code ${code}` : why}`))
    })
    connection.on('close', () => child.kill())
    return connection
  }
  return agent
}
