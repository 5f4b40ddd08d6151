import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import type { TarEntry } from 'modern-tar'

import { NotHere } from './not-here.ts'

const PACKAGE = createRequire(import.meta.url).resolve('node/package.json')
/** The Node.js of this repository. */
const NODE = join(dirname(PACKAGE), 'bin', 'node')
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'
/** What the C library opens by itself, by name. */
const OPENED = ['libresolv.so.2', 'libnss_dns.so.2', 'libnss_files.so.2', 'librt.so.1']

/** What containers of the base image run with. */
export const BASE_CONFIG: Readonly<Record<string, unknown>> = {
  Env: [
    'PATH=/usr/local/bin:/usr/bin:/bin',
    // Node.js brings its own certificates, and others read this file by themselves.
    `NODE_EXTRA_CA_CERTS=${CERTIFICATES}`,
  ],
  WorkingDir: '/app',
  User: '1000',
  Cmd: ['node'],
}

/**
 * `24.21.0-5b1c0f9a2d34`: the version of Node.js, and a hash of what else is in the image and of how it is made, so that a
 * registry that stays does not keep an old one. Where no such image can be made, the version alone.
 */
export function baseTag(): string {
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { readonly version: string }
  const hash = createHash('sha256')
  try {
    // A hundred megabytes are not read for it.
    hash.update(`${process.arch} ${statSync(NODE).size}\n`)
    for (const path of libraries()) hash.update(path).update(readFileSync(path))
    hash.update(certificates()).update(readFileSync(import.meta.filename))
  } catch (error) {
    if (error instanceof NotHere) return version
    throw error
  }
  return `${version}-${hash.digest('hex').slice(0, 12)}`
}

/** Nothing but what Node.js needs. There is no shell. Throws a `NotHere` where Node.js is not linked with the GNU C library. */
export function baseEntries(): TarEntry[] {
  return [
    folder('tmp', 0o1777),
    folder('app'),
    folder('root', 0o700),
    folder('home/node', 0o755, 1000),
    file('usr/local/bin/node', readFileSync(NODE), 0o755),
    ...libraries().map((path) => file(path.slice(1), readFileSync(path), 0o755)),
    file(CERTIFICATES.slice(1), certificates()),
    file('etc/passwd', 'root:x:0:0::/root:\nnode:x:1000:1000::/home/node:\n'),
    file('etc/group', 'root:x:0:\nnode:x:1000:\n'),
    file('etc/nsswitch.conf', 'hosts: files dns\n'),
  ]
}

/** Where the C library looks for what Node.js is linked with. */
function libraries(): readonly string[] {
  if (process.platform !== 'linux') throw new NotHere('the base image is made of a Node.js for Linux')
  if (!existsSync('/usr/bin/ldd'))
    throw new NotHere('/usr/bin/ldd is not there: the base image needs the libraries of Node.js')
  const linked = execFileSync('/usr/bin/ldd', [NODE], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/gu)
  const paths = [...linked].map(([, path = '']) => path)
  const libc = paths.find((path) => path.endsWith('/libc.so.6'))
  if (libc === undefined) throw new NotHere(`${NODE} is not linked with the GNU C library`)
  return [...paths, ...OPENED.map((name) => join(dirname(libc), name)).filter((path) => existsSync(path))]
}

/** Those that this machine trusts: behind a proxy, its own are among them. */
function certificates(): string {
  const { SSL_CERT_FILE = CERTIFICATES, NODE_EXTRA_CA_CERTS = SSL_CERT_FILE } = process.env
  const files = [...new Set([SSL_CERT_FILE, NODE_EXTRA_CA_CERTS])].filter((path) => existsSync(path))
  return files.map((path) => readFileSync(path, 'utf8')).join('\n')
}

function folder(name: string, mode = 0o755, user = 0): TarEntry {
  return { header: { name: `${name}/`, type: 'directory', size: 0, mode, uid: user, gid: user, mtime: new Date(0) } }
}

function file(name: string, content: string | Uint8Array, mode = 0o644): TarEntry {
  const body = Buffer.from(content)
  return { header: { name, size: body.length, mode, uid: 0, gid: 0, mtime: new Date(0) }, body }
}
