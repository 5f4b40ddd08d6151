import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { randomBytes, randomInt } from 'node:crypto'
import { openSync, readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'

import { docker } from '@sidestep/containers'

import { until } from '../support/until.ts'

/** Why there can be no second engine here. `undefined`: there can. */
export function whyNoSecondEngine(): string | undefined {
  if (process.getuid?.() !== 0) return 'an engine of its own needs root'
  try {
    for (const program of ['dockerd', 'ip', 'nsenter', 'openssl']) execFileSync('which', [program], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'dockerd, ip, nsenter or openssl is not there'
  }
}

/** An engine beside the one of this machine, with files and a network of its own. */
export interface RemoteEngine {
  /** Where its files lie, and those of its certificates: `ca.pem`, `cert.pem`, `key.pem`. */
  readonly folder: string
  /** Its socket, for the tests themselves. */
  readonly socket: string
  /** `tcp://…`: with TLS, for those who have a certificate. */
  readonly tls: string
  stop(): Promise<void>
}

export async function startRemoteEngine(): Promise<RemoteEngine> {
  const id = randomBytes(4).toString('hex')
  const folder = `/tmp/sidestep-remote-${id}`
  const namespace = `sidestep-${id}`
  const net = `169.254.${randomInt(1, 255)}`
  const address = `${net}.2`
  const socket = `unix://${join(folder, 'docker.sock')}`
  await mkdir(folder)
  await makeCertificates(folder, address)
  // Without a network of its own it would take the bridge of the other engine away.
  ip('netns', 'add', namespace)
  ip('link', 'add', `s${id}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace)
  ip('addr', 'add', `${net}.1/30`, 'dev', `s${id}`)
  ip('link', 'set', `s${id}`, 'up')
  ip('-n', namespace, 'addr', 'add', `${address}/30`, 'dev', 'eth0')
  ip('-n', namespace, 'link', 'set', 'eth0', 'up')
  const log = openSync(join(folder, 'log'), 'a')
  const options = {
    host: socket,
    'data-root': join(folder, 'data'),
    'exec-root': join(folder, 'exec'),
    pidfile: join(folder, 'pid'),
    bridge: 'none',
    tlscacert: join(folder, 'ca.pem'),
    tlscert: join(folder, 'server.pem'),
    tlskey: join(folder, 'server-key.pem'),
  }
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
  const engine = spawn(
    'nsenter',
    [
      `--net=/run/netns/${namespace}`,
      'dockerd',
      ...args,
      '--host',
      `tcp://${address}:2376`,
      '--tlsverify',
      '--iptables=false',
    ],
    { stdio: ['ignore', log, log] },
  )
  const stop = async (): Promise<void> => {
    await stopEngine(engine)
    ip('netns', 'del', namespace)
    unmount(folder)
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await until(
      'the second engine',
      async () =>
        docker(['version'], { host: socket }).then(
          () => true,
          () => false,
        ),
      60_000,
    )
  } catch (error) {
    await stop()
    throw error
  }
  return { folder, socket, tls: `tcp://${address}:2376`, stop }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args)
}

async function stopEngine(engine: ChildProcess): Promise<void> {
  if (engine.exitCode !== null || engine.signalCode !== null) return
  const ended = once(engine, 'exit')
  engine.kill('SIGTERM')
  await ended
}

function unmount(folder: string): void {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
  for (const path of mounts.filter((it) => it.startsWith(folder)).toReversed()) execFileSync('umount', ['-l', path])
}

async function makeCertificates(folder: string, address: string): Promise<void> {
  const openssl = (...args: readonly string[]): void =>
    void execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-x509', ...key, '-keyout', 'ca-key.pem', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=tests')
  await writeFile(join(folder, 'server.ext'), `subjectAltName=IP:${address}\nextendedKeyUsage=serverAuth\n`)
  await writeFile(join(folder, 'client.ext'), 'extendedKeyUsage=clientAuth\n')
  for (const [who, name] of [
    ['server', 'server'],
    ['client', ''],
  ] as const) {
    const [cert, own] = name === '' ? ['cert.pem', 'key.pem'] : [`${name}.pem`, `${name}-key.pem`]
    openssl('req', ...key, '-keyout', own, '-out', `${who}.csr`, '-subj', `/CN=${who}`)
    const ca = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-days', '2']
    openssl('x509', '-req', '-in', `${who}.csr`, ...ca, '-extfile', `${who}.ext`, '-out', cert)
  }
}

/** A port of this machine that leads to a socket, as people lay one to an engine elsewhere. */
export async function portTo(socket: string): Promise<{ readonly host: string; close(): void }> {
  const server = createServer((near) => {
    const far = connect(socket.replace('unix://', ''))
    near.pipe(far).pipe(near)
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { host: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }
}

/** A port of this machine that nothing listens on, yet. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
