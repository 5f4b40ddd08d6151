import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, test, vi } from 'vitest'

import { identifyProcess } from '../../src/process.ts'
import { installLock } from '../../src/environment/install.ts'
import { resolveLock, type Lock } from '../../src/environment/lock.ts'
import { projectWith, signal, startRegistry, type Place, type Registry } from './registry.ts'
import { installStuckNpm, isAlive } from './stuck-npm.ts'

const SCRIPT = {
  manifest: { scripts: { postinstall: 'touch ran' }, main: 'index.js' },
  files: { 'index.js': 'module.exports = 7' },
}
const PACKAGES = [
  { name: 'seven', version: '1.0.0', ...SCRIPT },
  { name: 'for-tests', version: '1.0.0' },
]

async function resolved(
  settings?: string,
): Promise<{ readonly place: Place; readonly registry: Registry; readonly lock: Lock }> {
  const registry = await startRegistry(PACKAGES)
  const place = await projectWith(registry, settings)
  const lock = await resolveLock(['seven@1.0.0'], { projectFolder: place.project, folder: place.locks, signal })
  return { place, registry, lock }
}

test('a lock is installed without scripts, and used as it is from then on', async () => {
  const { place, registry, lock } = await resolved('//127.0.0.1/:_authToken=a-token')
  const options = { folder: place.environments, projectFolder: place.project, signal }
  const folder = await installLock(lock, options)
  expect(folder).toBe(join(place.environments, lock.sha256))
  expect(await readdir(place.environments)).toEqual([lock.sha256])
  expect(await readFile(join(folder, 'node_modules/seven/index.js'), 'utf8')).toBe('module.exports = 7')
  expect(await readdir(join(folder, 'node_modules/seven'))).not.toContain('ran')
  expect(await readdir(folder)).not.toContain('.npmrc')

  await registry.close()
  vi.stubEnv('PATH', '')
  expect(await installLock(lock, options)).toBe(folder)
  vi.unstubAllEnvs()
})

test('the project’s npm settings apply', async () => {
  const registry = await startRegistry(PACKAGES)
  const place = await projectWith(registry, `//${new URL(registry.url).host}/:_authToken=a-token`)
  const lock = await resolveLock(['seven@1.0.0'], { projectFolder: place.project, folder: place.locks, signal })
  await installLock(lock, { folder: place.environments, projectFolder: place.project, signal })
  expect([...registry.tokens]).toEqual(['Bearer a-token'])
})

test('many at once, in several processes, install it once', async () => {
  const { place, registry, lock } = await resolved()
  registry.requests.length = 0
  const script = `
    import { installLock } from ${JSON.stringify(new URL('../../src/environment/install.ts', import.meta.url).href)}
    const [lock, folder, projectFolder] = JSON.parse(process.argv[1])
    await installLock(lock, { folder, projectFolder, signal: new AbortController().signal })`
  const argument = JSON.stringify([lock, place.environments, place.project])
  const children = [1, 2].map(() =>
    spawn(process.execPath, ['--input-type=module', '-e', script, argument], { stdio: 'inherit' }),
  )
  const options = { folder: place.environments, projectFolder: place.project, signal }
  const [first, second, ...exits] = await Promise.all([
    installLock(lock, options),
    installLock(lock, options),
    ...children.map(async (child) => once(child, 'exit')),
  ])
  expect(exits).toEqual([
    [0, null],
    [0, null],
  ])
  expect(second).toBe(first)
  expect(registry.requests.filter((path) => path.endsWith('.tgz'))).toHaveLength(1)
  expect(await readdir(place.environments)).toEqual([lock.sha256])
})

test('an abort kills npm and its children, and leaves nothing that is trusted', async () => {
  const { place, lock } = await resolved()
  const npm = await installStuckNpm(place)
  const controller = new AbortController()
  const options = { folder: place.environments, projectFolder: place.project }
  const installing = installLock(lock, { ...options, signal: controller.signal })
  const pids = await npm.started()
  controller.abort(new Error('stopped by the user'))
  await expect(installing).rejects.toThrow('stopped by the user')
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 10_000 })
  expect(await readdir(place.environments)).toEqual([])

  npm.remove()
  await installLock(lock, { ...options, signal })
  expect(await readdir(place.environments)).toEqual([lock.sha256])
})

test('what dead processes left is removed, and does not keep others waiting', async () => {
  const { place, lock } = await resolved()
  const dead = spawn(process.execPath, ['-e', ''])
  const owner = identifyProcess(dead.pid)
  await once(dead, 'exit')
  const other = 'f'.repeat(64)
  for (const sha256 of [lock.sha256, other]) {
    await mkdir(join(place.environments, `${sha256}.partial-abc/node_modules`), { recursive: true })
    await writeFile(join(place.environments, `${sha256}.lease`), JSON.stringify({ owner, id: 'x' }))
  }
  await installLock(lock, { folder: place.environments, projectFolder: place.project, signal })
  expect(await readdir(place.environments)).toEqual([lock.sha256])
})

test('who waits for a living process stops when it is told to', async () => {
  const { place, lock } = await resolved()
  await mkdir(place.environments, { recursive: true })
  const lease = join(place.environments, `${lock.sha256}.lease`)
  await writeFile(lease, JSON.stringify({ owner: identifyProcess(), id: 'another' }))
  const options = { folder: place.environments, projectFolder: place.project, signal: AbortSignal.timeout(300) }
  await expect(installLock(lock, options)).rejects.toMatchObject({
    name: expect.stringMatching(/AbortError|TimeoutError/),
  })
  expect(await readdir(place.environments)).toEqual([`${lock.sha256}.lease`])
})

test('a registry that is gone is a failure of the world; nothing stays behind', async () => {
  const { place, registry, lock } = await resolved()
  await registry.close()
  const options = { folder: place.environments, projectFolder: place.project, signal }
  const lines: string[] = []
  await expect(installLock(lock, { ...options, onOutput: (line) => lines.push(line) })).rejects.toMatchObject({
    code: 'REQUIREMENTS_FAILED',
    kind: 'infra',
    message: expect.stringContaining('ECONNREFUSED'),
  })
  expect(lines.join('\n')).toContain('ECONNREFUSED')
  expect(await readdir(place.environments)).toEqual([])
})

test('the project’s lockfile is installed without its development dependencies', async () => {
  const registry = await startRegistry(PACKAGES)
  const place = await projectWith(registry)
  const lock = await resolveLock(['seven@1.0.0', 'for-tests@1.0.0'], {
    projectFolder: place.project,
    folder: place.locks,
    signal,
  })
  const changed = {
    name: 'project',
    version: '1.0.0',
    dependencies: { seven: '1.0.0' },
    devDependencies: { 'for-tests': '1.0.0' },
  }
  const text = JSON.parse(lock.text) as { packages: Record<string, { dev?: boolean }> }
  text.packages[''] = changed as never
  Object.assign(text.packages['node_modules/for-tests'] ?? {}, { dev: true })
  await writeFile(join(place.project, 'package.json'), JSON.stringify({ ...changed, scripts: { prepare: 'exit 1' } }))
  await writeFile(join(place.project, 'package-lock.json'), JSON.stringify(text))
  const options = { projectFolder: place.project, folder: place.locks, signal }
  const folder = await installLock(await resolveLock('lockfile', options), { ...options, folder: place.environments })
  expect((await readdir(join(folder, 'node_modules'))).filter((it) => !it.startsWith('.'))).toEqual(['seven'])
})
