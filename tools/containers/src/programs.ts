import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'

import { lap } from './laps.ts'

const run = promisify(execFile)

/** Debian's packages that hold a program. Releases differ: those that one does not have are left out. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  dockerd: ['docker.io'],
  docker: ['docker.io', 'docker-cli', 'docker-buildx'],
  'docker-registry': ['docker-registry'],
  // Tests give a second engine a network of its own.
  ip: ['iproute2'],
  // Tests do the same with Podman, which runs in a machine within a machine only with runc, and with an engine over ssh and TLS.
  podman: ['podman'],
  runc: ['runc'],
  ssh: ['openssh-client'],
  sshd: ['openssh-server'],
  openssl: ['openssl'],
  // Tests make an image that holds Debian's own Python.
  mmdebstrap: ['mmdebstrap'],
}
/** What HTTPS is trusted by. Not a program, but as needed. */
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'

/** What tests use and is not there. */
export function missingPrograms(): readonly string[] {
  return Object.keys(PACKAGES).filter((program) => !has(program))
}

/** Whether a program can be found. */
export function has(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return folders.some((folder) => isExecutable(join(folder, program)))
}

/** Why `install` cannot work; `undefined`: it can. */
export function cannotInstall(): string | undefined {
  if (!has('apt-get')) return 'this is not Debian'
  return process.getuid?.() === 0 ? undefined : 'only root can install packages and start an engine'
}

/** Installs what is missing of all this, and `more` packages. */
export async function install(more: readonly string[] = []): Promise<void> {
  const missing = Object.entries(PACKAGES).flatMap(([program, names]) => (has(program) ? [] : names))
  const names = new Set([...missing, ...(isReadable(CERTIFICATES) ? [] : ['ca-certificates'])])
  for (const name of more) if (!(await isInstalled(name))) names.add(name)
  if (names.size === 0) return
  await apt('update', '-qq')
  lap('apt-get update')
  const known: string[] = []
  for (const name of names) if (more.includes(name) || (await isKnown(name))) known.push(name)
  if (known.length === 0) throw new Error(`apt-get knows no package of ${[...names].join(', ')}`)
  await apt('install', '-qq', '-y', '--no-install-recommends', ...known)
  lap(`apt-get install ${known.join(' ')}`)
}

async function apt(...args: readonly string[]): Promise<void> {
  // In this run level no package starts its service: ours come up with settings of their own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  for (let attempts = 3; ; attempts -= 1) {
    const child = spawn('apt-get', ['-o', 'Acquire::Retries=3', '-o', 'DPkg::Lock::Timeout=120', ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let told = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (told += text))
    const [code] = (await once(child, 'close')) as [number | null]
    if (code === 0) return
    if (attempts === 1) throw new Error(`apt-get ${args.join(' ')} fails (${code}):\n${told.trim()}`)
    await setTimeout(2000)
  }
}

async function isInstalled(name: string): Promise<boolean> {
  return run('dpkg-query', ['-W', '-f', '${Status}', name]).then(
    ({ stdout }) => stdout.endsWith(' installed'),
    () => false,
  )
}

async function isKnown(name: string): Promise<boolean> {
  return run('apt-cache', ['show', name]).then(
    () => true,
    () => false,
  )
}

function isExecutable(file: string): boolean {
  return isAccessible(file, constants.X_OK)
}

function isReadable(file: string): boolean {
  return isAccessible(file, constants.R_OK)
}

function isAccessible(file: string, mode: number): boolean {
  try {
    accessSync(file, mode)
    return true
  } catch {
    return false
  }
}
