import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { docker, NODE_BASE, noEngine, REGISTRY } from '@sidestep/containers'
import { startOciRegistry, type OciRegistry } from '@sidestep/simulators'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'

import {
  builder,
  GLIBC,
  nodeProgram,
  OFFICIAL,
  options,
  project,
  pushBase,
  readImage,
  recipe,
  registryAt,
  type Project,
  type Tree,
} from './support.ts'

/** A base whose folders are not all root's, and where some are links. */
const HOME: Tree = {
  'home/node': [0o750, 1000],
  'home/node/app': [0o2770, 1000],
  'home/node/app/kept': [0o700, 2_000_000_000],
  tmp: [0o1777, 0],
  'mnt/big': [0o775, 1000],
  data: '-> /mnt/big',
  opt: '-> var/opt',
  'var/opt': [0o711, 7],
  round: '-> round',
}

let registry: OciRegistry
let place: Project
beforeEach(async () => {
  registry = await startOciRegistry()
  onTestFinished(() => registry.close())
  place = await project()
  await mkdir(join(place.folder, 'kept'))
  await writeFile(join(place.folder, 'a.txt'), 'a')
  await writeFile(join(place.folder, 'kept/b.txt'), 'b')
})

async function base(layers: readonly Tree[], config: object = OFFICIAL): Promise<string> {
  await pushBase({ registry: registry.host, repository: 'base', tag: '1' }, { layers, config })
  return `${registry.host}/base:1`
}

async function added(
  image: string,
  workdir: string,
  files: readonly string[],
): Promise<readonly (readonly string[])[]> {
  const at = options(place, registryAt(registry.host))
  const built = await builder(image).build(await recipe(place, 'one', { workdir, files }), at)
  return (await readImage(built.image)).layers.slice(-2)
}

test('folders of the base stay as they are', async () => {
  const image = await base([GLIBC, HOME])
  expect(await added(image, '/home/node/app', ['a.txt', 'kept'])).toEqual([
    [
      'home/ 755 0',
      'home/node/ 750 1000',
      'home/node/app/ 2770 1000',
      'home/node/app/a.txt 644 0 a',
      'home/node/app/kept/ 700 2000000000',
      'home/node/app/kept/b.txt 644 0 b',
    ],
    // The link /opt is followed.
    ['var/ 755 0', 'var/opt/ 711 7', 'var/opt/sidestep/ 755 0', 'var/opt/sidestep/step.mjs 644 0 one'],
  ])
  const [below] = await added(image, '/tmp/w', ['a.txt'])
  expect(below).toEqual(['tmp/ 1777 0', 'tmp/w/ 755 0', 'tmp/w/a.txt 644 0 a'])
  const [linked] = await added(image, '/data/w', ['a.txt'])
  expect(linked).toEqual(['mnt/ 755 0', 'mnt/big/ 775 1000', 'mnt/big/w/ 755 0', 'mnt/big/w/a.txt 644 0 a'])
  await expect(added(image, '/round/w', ['a.txt'])).rejects.toMatchObject({
    code: 'IMAGE_INVALID',
    message: expect.stringContaining('circles') as string,
  })
})

test('what an upper layer of the base says counts', async () => {
  const image = await base([GLIBC, HOME, { 'home/node': [0o755, 0], 'mnt/.wh.big': '', data: null, '.wh.tmp': '' }])
  const [below] = await added(image, '/home/node/app', ['a.txt'])
  expect(below?.slice(0, 3)).toEqual(['home/ 755 0', 'home/node/ 755 0', 'home/node/app/ 2770 1000'])
  expect((await added(image, '/data', ['a.txt']))[0]).toEqual(['data/ 755 0', 'data/a.txt 644 0 a'])
  expect((await added(image, '/tmp', ['a.txt']))[0]).toEqual(['tmp/ 755 0', 'tmp/a.txt 644 0 a'])
})

test('nobody looks into an official image for a bundle, nor for files in a folder of Sidestep’s', async () => {
  const image = await base([GLIBC, HOME])
  const at = options(place, registryAt(registry.host))
  await builder(image).build(await recipe(place, 'one'), at)
  await builder(image).build(await recipe(place, 'one', { files: ['a.txt'] }), at)
  await expect(readdir(join(place.home, 'images/bases'))).rejects.toThrow('ENOENT')
  await builder(image).build(await recipe(place, 'one', { files: ['a.txt'], workdir: '/w' }), at)
  expect(await readdir(join(place.home, 'images/bases'))).toHaveLength(1)
  // Once for each base.
  registry.clearRequests()
  await builder(image).build(await recipe(place, 'two', { files: ['a.txt'], workdir: '/v' }), at)
  expect(registry.requests.filter(({ method, path }) => method === 'GET' && path.includes('/blobs/'))).toEqual([])
})

test.each([
  ['RUN /bin/sh -c mkdir -p /opt && tar -xzf yarn.tar.gz -C /opt/ && rm -rf /opt/x', 0],
  ['RUN /bin/sh -c chown -R node /opt', 1],
  ['COPY --chown=1000 app /opt/app', 0],
  ['RUN |1 A=b /bin/sh -c rmdir /opt&&ln -s /data /opt # buildkit', 1],
])('an official image with %j in its history', async (command, looks) => {
  const reference = { registry: registry.host, repository: 'derived', tag: '1' }
  await pushBase(reference, { layers: [GLIBC, HOME], config: OFFICIAL, commands: ['CMD ["node"]', command] })
  const at = options(place, registryAt(registry.host))
  await builder(`${registry.host}/derived:1`).build(await recipe(place, 'one'), at)
  expect(at.lines.filter((line) => line.startsWith('looking at'))).toHaveLength(looks)
})

test('files are a layer of their own, which a change of code leaves alone', async () => {
  const image = await base([GLIBC])
  const first = await added(image, '/opt/sidestep/files', ['a.txt', 'kept'])
  const files = ['opt/', 'opt/sidestep/', 'opt/sidestep/files/', 'opt/sidestep/files/kept/']
  expect(first[0]?.filter((line) => line.endsWith(' 755 0'))).toEqual(files.map((path) => `${path} 755 0`))
  registry.clearRequests()
  const at = options(place, registryAt(registry.host))
  await builder(image).build(
    await recipe(place, 'two', { workdir: '/opt/sidestep/files', files: ['a.txt', 'kept'] }),
    at,
  )
  const sent = registry.requests.filter(
    ({ method, path, status }) => method === 'PUT' && path.includes('/blobs/') && status === 201,
  )
  // The bundle's layer, and the config.
  expect(sent).toHaveLength(2)
})

test('a command names Node.js by its path where a step could have another PATH', async () => {
  const image = await base([{ ...GLIBC, 'usr/local/bin/node': nodeProgram('24.21.0') }])
  const at = options(place, registryAt(registry.host))
  const plain = await builder(image).build(await recipe(place, 'one'), at)
  expect(plain.command).toEqual(['node', '/opt/sidestep/step.mjs'])
  const environment = { PATH: '/nowhere' }
  const other = await builder(image).build(await recipe(place, 'one', { environment }), at)
  expect(other.command).toEqual(['/usr/local/bin/node', '/opt/sidestep/step.mjs'])
  expect((await readImage(other.image)).config.config['Env']).toContain('PATH=/nowhere')
})

test('files that would hide the bundle are refused', async () => {
  await mkdir(join(place.folder, 'opt/sidestep'), { recursive: true })
  await writeFile(join(place.folder, 'step.mjs'), '')
  await expect(added(await base([GLIBC]), '/opt/sidestep', ['step.mjs'])).rejects.toMatchObject({
    code: 'IMAGE_INVALID',
    message: expect.stringContaining('the bundle lies') as string,
  })
})

test('a damaged file of facts is made again', async () => {
  const image = await base([GLIBC, HOME])
  const before = await added(image, '/tmp/w', ['a.txt'])
  const [name = ''] = await readdir(join(place.home, 'images/bases'))
  for (const text of ['{"libc"', '{}', '{"libc":"glibc","libgcc":true,"folders":{"tmp":7}}']) {
    await writeFile(join(place.home, 'images/bases', name), text)
    expect(await added(image, '/tmp/w', ['a.txt'])).toEqual(before)
  }
})

describe.skipIf(noEngine !== undefined)(`on an engine${noEngine === undefined ? '' : ` (${noEngine})`}`, () => {
  test('a container finds them as the base has them', async () => {
    const own = 'tests-engine/folders'
    // A layer over the base of tests is pushed by the engine: what it says of folders is what engines say.
    const folder = place.folder
    const script =
      "const fs=require('fs');fs.mkdirSync('/home/node/app',{recursive:true});fs.chmodSync('/home/node',0o750);fs.chmodSync('/home/node/app',0o2770);" +
      "fs.chownSync('/home/node',1000,1000);fs.chownSync('/home/node/app',1000,1000);fs.mkdirSync('/mnt/big',{recursive:true});fs.writeFileSync('/mnt/big/there','');" +
      "fs.mkdirSync('/tmp',{recursive:true});fs.chmodSync('/tmp',0o1777);fs.symlinkSync('/mnt/big','/data');fs.mkdirSync('/var/opt',{recursive:true});" +
      "fs.rmSync('/opt',{recursive:true,force:true});fs.symlinkSync('var/opt','/opt')"
    await writeFile(
      join(folder, 'Dockerfile'),
      `FROM ${NODE_BASE}\nUSER 0\nRUN ["node","-e",${JSON.stringify(script)}]\nWORKDIR /home/node/app\nUSER 1000\n`,
    )
    const tagged = `${REGISTRY}/${own}:${randomBytes(6).toString('hex')}`
    execFileSync('/usr/bin/docker', ['build', '-q', '-t', tagged, folder], {
      env: { ...process.env, DOCKER_BUILDKIT: '1' },
      stdio: 'pipe',
    })
    onTestFinished(() => docker(['rmi', '-f', tagged]).then(() => {}))
    await docker(['push', '-q', tagged])
    const at = options(place, registryAt(`${REGISTRY}/${own}`))
    const code = (path: string): string =>
      `import fs from 'node:fs'; fs.writeFileSync('written', ''); const s = fs.statSync('${path}');` +
      "console.log(s.mode.toString(8), s.uid, fs.readdirSync('.').sort().join(), fs.statSync('/tmp').mode.toString(8), fs.readlinkSync('/opt'), fs.existsSync('/data/there'))"
    const run = async (workdir: string): Promise<string> => {
      const made = await recipe(place, code(workdir), { workdir, files: ['a.txt'], environment: { PATH: '/nowhere' } })
      const { image, command } = await builder(tagged).build(made, at)
      onTestFinished(() => docker(['rmi', '-f', image]).then(() => {}))
      const user = workdir === '/home/node/app' ? [] : ['--user', '0']
      return (await docker(['run', '--rm', '--network', 'none', ...user, image, ...command])).trim()
    }
    expect(await run('/home/node/app')).toBe('42770 1000 a.txt,written 41777 var/opt true')
    expect(await run('/tmp/w')).toBe('40755 0 a.txt,written 41777 var/opt true')
    expect(await run('/data/w')).toBe('40755 0 a.txt,written 41777 var/opt true')
  }, 90_000)
})
