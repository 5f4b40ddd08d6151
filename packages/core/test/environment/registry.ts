import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import { packTar } from 'modern-tar'
import { onTestFinished } from 'vitest'

export interface Registry {
  readonly url: string
  /** Paths that were asked for, in order. */
  readonly requests: string[]
  /** What the `authorization` headers said. */
  readonly tokens: Set<string>
  close(): Promise<void>
}

export interface PublishedPackage {
  readonly name: string
  readonly version: string
  readonly files?: Readonly<Record<string, string>>
  readonly manifest?: object
}

/** A registry on this machine that speaks what npm needs, for tests without a network. */
export async function startRegistry(packages: readonly PublishedPackage[]): Promise<Registry> {
  const tarballs = new Map<string, Buffer>()
  const documents = new Map<
    string,
    { name: string; versions: Record<string, object>; 'dist-tags': { latest: string } }
  >()
  const requests: string[] = []
  const tokens = new Set<string>()
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '')
    requests.push(path)
    if (request.headers.authorization !== undefined) tokens.add(request.headers.authorization)
    const found =
      tarballs.get(path) ?? (documents.has(path.slice(1)) ? JSON.stringify(documents.get(path.slice(1))) : undefined)
    if (found === undefined)
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}')
    else
      response
        .writeHead(200, { 'content-type': typeof found === 'string' ? 'application/json' : 'application/octet-stream' })
        .end(found)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  for (const { name, version, files = {}, manifest = {} } of packages) {
    const described = { name, version, ...manifest }
    const entries = Object.entries({ 'package.json': JSON.stringify(described), ...files })
    const tar = await packTar(
      entries.map(([path, body]) => ({ header: { name: `package/${path}`, size: Buffer.byteLength(body) }, body })),
    )
    const tarball = gzipSync(tar)
    const path = `/${name}/-/${version}.tgz`
    tarballs.set(path, tarball)
    const document = documents.get(name) ?? { name, versions: {}, 'dist-tags': { latest: version } }
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
    document.versions[version] = { ...described, dist: { tarball: url.slice(0, -1) + path, integrity } }
    document['dist-tags'].latest = version
    documents.set(name, document)
  }
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => {
      server.close(resolve)
    })
  }
  onTestFinished(close)
  return { url, requests, tokens, close }
}

export interface Place {
  readonly folder: string
  readonly project: string
  readonly locks: string
  readonly environments: string
}

/** A project whose npm settings name a registry, and a cache of its own. */
export async function projectWith(registry: Pick<Registry, 'url'>, settings = ''): Promise<Place> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'sidestep-environment-')))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
  await writeFile(join(folder, 'package.json'), '{ "name": "project" }')
  await writeFile(
    join(folder, '.npmrc'),
    `registry=${registry.url}\ncache=${join(folder, 'cache')}\nfetch-retries=0\nomit-lockfile-registry-resolved=false\n${settings}\n`,
  )
  return { folder, project: folder, locks: join(folder, 'locks'), environments: join(folder, 'environments') }
}

export const signal: AbortSignal = new AbortController().signal
