import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'

import { startOciRegistry } from '@sidestep/simulators'
import { packTar } from 'modern-tar'
import { expect, onTestFinished, test, vi } from 'vitest'

import { packagesWithScripts } from '../../src/builder/npm-layer.ts'
import { builder, GLIBC, OFFICIAL, options, project, pushBase, readImage, recipe, registryAt } from './support.ts'

const TOKEN = 'npm_token_of_nobody_else'

/** An npm registry with one package, for those who bring the token. */
async function privateNpm(): Promise<{ host: string; asked: () => number }> {
  const manifest = { name: 'own-package', version: '1.0.0', scripts: { postinstall: 'node build.js' } }
  const tarball = gzipSync(
    await packTar(
      [
        { header: { name: 'package/package.json', size: 0 }, body: JSON.stringify(manifest) },
        { header: { name: 'package/index.js', size: 0 }, body: 'module.exports = 1' },
      ].map(({ header, body }) => ({ header: { ...header, size: body.length }, body })),
    ),
  )
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  let asked = 0
  const server = createServer((request, response) => {
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return void response.writeHead(401).end('{}')
    asked += 1
    if (request.url?.endsWith('.tgz') === true) return void response.end(tarball)
    const dist = { tarball: `http://${request.headers.host}/own-package/-/own-package-1.0.0.tgz`, integrity }
    const version = { ...manifest, dist, hasInstallScript: true }
    const packument = { name: 'own-package', 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': version } }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(packument))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked }
}

test('packages of a private registry get in, its token does not, and their scripts are not run', async () => {
  await using registry = await startOciRegistry()
  const npm = await privateNpm()
  await pushBase({ registry: registry.host, repository: 'node', tag: '24' }, { layers: [GLIBC], config: OFFICIAL })
  const place = await project()
  await writeFile(join(place.folder, '.npmrc'), `registry=http://${npm.host}/\n//${npm.host}/:_authToken=${TOKEN}\n`)
  onTestFinished(() => void vi.unstubAllEnvs())
  vi.stubEnv('npm_config_registry', undefined)
  vi.stubEnv('npm_config_cache', join(place.folder, 'cache'))
  const at = options(place, registryAt(registry.host))
  const made = await recipe(place, 'one', { files: ['.'] })
  const { image } = await builder(`${registry.host}/node:24`).build(
    { ...made, bundle: { ...made.bundle, requirements: ['own-package@1.0.0'] } },
    at,
  )
  expect(npm.asked()).toBeGreaterThan(1)
  expect(at.lines).toContain('install scripts are not run: own-package must do without')
  const { manifest, config } = await readImage(image)
  const names: string[] = []
  for (const { digest } of manifest.layers) {
    const blob = await fetch(`http://${registry.host}/v2/sidestep/blobs/${digest}`)
    const tar = gunzipSync(Buffer.from(await blob.arrayBuffer()))
    expect(tar.includes(TOKEN)).toBe(false)
    if (tar.includes('own-package/index.js')) names.push('packages')
    if (tar.includes('opt/sidestep/files/package.json')) names.push('files')
  }
  expect(names).toEqual(['packages', 'files'])
  expect(JSON.stringify(config)).not.toContain(TOKEN)
}, 60_000)

test('scripts of packages for other machines do not matter', () => {
  const packages = {
    '': { hasInstallScript: true },
    'node_modules/fsevents': { hasInstallScript: true, os: ['darwin'] },
    'node_modules/a/node_modules/@acme/native': { hasInstallScript: true, os: ['!win32'], cpu: ['x64', 'arm64'] },
    'node_modules/@acme/native': { hasInstallScript: true },
    'node_modules/plain': {},
    'node_modules/arm': { hasInstallScript: true, cpu: ['arm64'] },
  }
  expect(packagesWithScripts({ text: JSON.stringify({ packages }) }, { os: 'linux', cpu: 'x64' })).toEqual([
    '@acme/native',
  ])
  expect(packagesWithScripts({ text: '{}' }, { os: 'linux', cpu: 'x64' })).toEqual([])
})
