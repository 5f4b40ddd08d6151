import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { packTar, type TarEntry } from 'modern-tar'

import { docker } from './docker.ts'
import { lap } from './laps.ts'
import { NotHere } from './not-here.ts'
import { isPushed, pushImage } from './push-image.ts'

const run = promisify(execFile)

/** The Node.js of this repository. */
const NODE = join(dirname(createRequire(import.meta.url).resolve('node/package.json')), 'bin', 'node')
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'
/** What the C library opens by itself, by name. */
const OPENED = ['libresolv.so.2', 'libnss_dns.so.2', 'libnss_files.so.2', 'librt.so.1']

/** Makes `reference` and pushes it, unless its registry has it. */
export async function ensureBaseImage(reference: string): Promise<void> {
  if (await isPushed(reference)) return
  if (process.platform !== 'linux') throw new NotHere('the base image is made of a Node.js for Linux')
  const archive = await packTar(await entries())
  lap('packed the base image')
  const config = {
    Env: [
      'PATH=/usr/local/bin:/usr/bin:/bin',
      // Node.js brings its own certificates, and others read this file by themselves.
      `NODE_EXTRA_CA_CERTS=${CERTIFICATES}`,
    ],
    WorkingDir: '/app',
    User: '1000',
    Cmd: ['node'],
  }
  await pushImage(reference, { archive, config })
  lap(`pushed ${reference}`)
}

/** Throws unless the user of the image can run its Node.js in a container. */
export async function tryBaseImage(reference: string): Promise<void> {
  const code = 'console.log(process.version, "as", process.getuid())'
  const told = await docker(['run', '--rm', '--network', 'none', reference, 'node', '-e', code], { timeoutMs: 120_000 })
  lap(`a container ran ${told}`)
}

/** Nothing but what Node.js needs. There is no shell. */
async function entries(): Promise<TarEntry[]> {
  return [
    folder('tmp', 0o1777),
    folder('app'),
    folder('root', 0o700),
    folder('home/node', 0o755, 1000),
    file('usr/local/bin/node', await readFile(NODE), 0o755),
    ...(await Promise.all((await libraries()).map(async (path) => file(path.slice(1), await readFile(path), 0o755)))),
    file(CERTIFICATES.slice(1), await certificates()),
    file('etc/passwd', 'root:x:0:0::/root:\nnode:x:1000:1000::/home/node:\n'),
    file('etc/group', 'root:x:0:\nnode:x:1000:\n'),
    file('etc/nsswitch.conf', 'hosts: files dns\n'),
  ]
}

/** Where the C library looks for what Node.js is linked with. */
async function libraries(): Promise<readonly string[]> {
  const { stdout } = await run('ldd', [NODE])
  const linked = [...stdout.matchAll(/(\/\S+) \(0x/gu)].map(([, path = '']) => path)
  const libc = linked.find((path) => path.endsWith('/libc.so.6'))
  if (libc === undefined) throw new NotHere(`${NODE} is not linked with the GNU C library`)
  return [...linked, ...OPENED.map((name) => join(dirname(libc), name)).filter((path) => existsSync(path))]
}

/** Those that this machine trusts: behind a proxy, its own are among them. */
async function certificates(): Promise<string> {
  const { SSL_CERT_FILE = CERTIFICATES, NODE_EXTRA_CA_CERTS = SSL_CERT_FILE } = process.env
  const files = [...new Set([SSL_CERT_FILE, NODE_EXTRA_CA_CERTS])]
  return (await Promise.all(files.map((path) => readFile(path, 'utf8')))).join('\n')
}

function folder(name: string, mode = 0o755, user = 0): TarEntry {
  return { header: { name: `${name}/`, type: 'directory', size: 0, mode, uid: user, gid: user, mtime: new Date(0) } }
}

function file(name: string, content: string | Uint8Array, mode = 0o644): TarEntry {
  const body = Buffer.from(content)
  return { header: { name, size: body.length, mode, uid: 0, gid: 0, mtime: new Date(0) }, body }
}
