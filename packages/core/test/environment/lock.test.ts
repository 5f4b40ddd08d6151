import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, onTestFinished, test, vi } from 'vitest'

import { sha256 } from '../../src/canonical.ts'
import { resolveLock } from '../../src/environment/lock.ts'
import { projectWith, signal, startRegistry, type Place } from './registry.ts'
import { startUntrusted } from './untrusted-registry.ts'
import { installStuckNpm, isAlive, type StuckNpm } from './stuck-npm.ts'

const PACKAGES = [
  { name: 'tree', version: '1.0.0', manifest: { dependencies: { leaf: '^1.0.0' } } },
  { name: 'leaf', version: '1.1.0' },
  { name: '@scope/leaf', version: '2.0.0' },
]

/** A process that resolves requirements with an npm that never ends, and meanwhile runs some more code. */
async function resolving(code: string): Promise<{
  readonly place: Place
  readonly npm: StuckNpm
  readonly resolver: ChildProcess
  /** Its exit code and signal. */
  readonly exited: Promise<unknown[]>
}> {
  const place = await projectWith(await startRegistry(PACKAGES), '//127.0.0.1/:_authToken=a-token')
  const npm = await installStuckNpm(place)
  const script = `
    import { resolveLock } from ${JSON.stringify(new URL('../../src/environment/lock.ts', import.meta.url).href)}
    const [, projectFolder, folder] = process.argv
    void resolveLock(['leaf@1'], { projectFolder, folder, signal: new AbortController().signal })
    ${code}`
  const resolver = spawn(
    process.execPath,
    ['--input-type=module', '-e', script, place.project, place.locks, npm.pidsFile],
    { stdio: 'inherit' },
  )
  onTestFinished(() => void resolver.kill('SIGKILL'))
  return { place, npm, resolver, exited: once(resolver, 'exit') }
}

describe('requirements', () => {
  test('are resolved once, and then without npm and a registry', async () => {
    const registry = await startRegistry(PACKAGES)
    const { project, locks, folder } = await projectWith(registry, '//127.0.0.1/:_authToken=a-token-of-the-project')
    const options = { projectFolder: project, folder: locks, signal }
    const lock = await resolveLock(['tree@^1.0.0', '@scope/leaf@2.0.0'], options)
    expect(lock.sha256).toBe(sha256(lock.text))
    expect(JSON.parse(lock.manifest)).toMatchObject({ dependencies: { tree: '^1.0.0', '@scope/leaf': '2.0.0' } })
    const { packages } = JSON.parse(lock.text) as { packages: Record<string, { version: string }> }
    expect(packages['node_modules/leaf']?.version).toBe('1.1.0')
    expect(lock.text + lock.manifest).not.toContain(folder)
    const kept = await readdir(locks)
    expect(kept).toEqual([expect.stringMatching(/^[\da-f]{64}\.json$/)])
    expect(await readFile(join(locks, kept[0] ?? ''), 'utf8')).not.toContain('a-token')

    await registry.close()
    vi.stubEnv('PATH', '')
    expect(await resolveLock(['@scope/leaf@2.0.0', 'tree@^1.0.0', 'tree@^1.0.0'], options)).toEqual(lock)
    vi.unstubAllEnvs()
  })

  test('resolved by two at once are one lock', async () => {
    const { project, locks } = await projectWith(await startRegistry(PACKAGES))
    const options = { projectFolder: project, folder: locks, signal }
    const [first, second] = await Promise.all([resolveLock(['leaf@1'], options), resolveLock(['leaf@1'], options)])
    expect(second).toEqual(first)
    expect(await readdir(locks)).toHaveLength(1)
  })

  test('that a process resolved when it was killed leave no token behind, and nothing for long', async () => {
    const { place, resolver, exited, npm } = await resolving('setInterval(() => {}, 1_000_000)')
    const pids = await npm.started()
    resolver.kill('SIGKILL')
    await exited
    const left = await readdir(place.locks, { recursive: true, withFileTypes: true })
    const files = left.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    expect(files).not.toEqual([])
    for (const file of files) expect(await readFile(file, 'utf8'), file).not.toContain('a-token')

    for (const pid of pids) process.kill(pid, 'SIGKILL')
    npm.remove()
    await resolveLock(['leaf@1'], { projectFolder: place.project, folder: place.locks, signal })
    expect(await readdir(place.locks)).toEqual([expect.stringMatching(/^[\da-f]{64}\.json$/)])
  })

  test('that a process resolves end with it: npm does not go on', async () => {
    const { exited, npm } = await resolving(`
      import { existsSync } from 'node:fs'
      setInterval(() => existsSync(process.argv[3]) && process.exit(7), 10)`)
    const pids = await npm.started()
    expect(await exited).toEqual([7, null])
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 10_000 })
  })

  test('that ask for a package twice are a config error', async () => {
    const { project, locks } = await projectWith({ url: 'http://127.0.0.1:9/' })
    const asked = resolveLock(['leaf@1', 'leaf@2'], {
      projectFolder: project,
      folder: locks,
      signal,
      origin: 'docker.requirements of the step train',
    })
    await expect(asked).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'docker.requirements of the step train: leaf is asked for twice, as 1 and as 2',
    })
  })

  test.each([
    ['a package', 'leef@1', 'leef@1'],
    ['a version', 'leaf@99', 'leaf@99'],
  ])('for %s that does not exist are a config error that names it', async (_what, wrong, named) => {
    const { project, locks } = await projectWith(await startRegistry(PACKAGES))
    const asked = resolveLock(['tree@1', wrong], {
      projectFolder: project,
      folder: locks,
      signal,
      origin: 'docker.requirements of the step train',
    })
    await expect(asked).rejects.toMatchObject({
      code: 'REQUIREMENTS_UNRESOLVED',
      kind: 'config',
      message: expect.stringContaining(`${named} (docker.requirements of the step train)`),
    })
    expect(await readdir(locks)).toEqual([])
  })

  test('that the registry does not answer are a failure of the world, with npm’s last lines', async () => {
    const { project, locks } = await projectWith({ url: 'http://127.0.0.1:9/' })
    await expect(resolveLock(['leaf@1'], { projectFolder: project, folder: locks, signal })).rejects.toMatchObject({
      code: 'REQUIREMENTS_FAILED',
      kind: 'infra',
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })

  test('that need a registry whose certificate nobody knows tell of it at once, and name what helps', async () => {
    await using registry = await startUntrusted()
    const { project, locks } = await projectWith(registry, 'fetch-retries=1\nfetch-retry-mintimeout=10')
    const said: string[] = []
    const asked = resolveLock(['leaf@1'], {
      projectFolder: project,
      folder: locks,
      signal,
      onSilence: (line) => said.push(line),
    })
    await expect(asked).rejects.toMatchObject({
      code: 'REQUIREMENTS_FAILED',
      kind: 'infra',
      message: expect.stringMatching(/^leaf@1 could not be installed: .*certificate/) as string,
      hint: expect.stringContaining('NODE_EXTRA_CA_CERTS') as string,
    })
    const { host } = new URL(registry.url)
    expect(said).toEqual([`npm gets no answer from ${host}, trying again (DEPTH_ZERO_SELF_SIGNED_CERT)`])
  })

  test('without npm on this machine say what to install', async () => {
    const { project, locks } = await projectWith({ url: 'http://127.0.0.1:9/' })
    vi.stubEnv('PATH', locks)
    await expect(resolveLock(['leaf@1'], { projectFolder: project, folder: locks, signal })).rejects.toMatchObject({
      kind: 'config',
      message: expect.stringContaining('npm'),
      hint: expect.stringContaining('PATH'),
    })
    vi.unstubAllEnvs()
  })
})

describe("'lockfile'", () => {
  const LOCK = JSON.stringify({
    name: 'project',
    lockfileVersion: 3,
    packages: { '': {}, 'node_modules/leaf': { version: '1.1.0' } },
  })

  test('is the nearest package-lock.json, with what npm compares of package.json', async () => {
    const { project, locks } = await projectWith({ url: 'http://127.0.0.1:9/' })
    const manifest = { name: 'project', scripts: { postinstall: 'exit 1' }, dependencies: { leaf: '^1.0.0' } }
    await writeFile(join(project, 'package.json'), JSON.stringify(manifest))
    await writeFile(join(project, 'package-lock.json'), LOCK)
    await mkdir(join(project, 'packages/inner'), { recursive: true })
    const lock = await resolveLock('lockfile', {
      projectFolder: join(project, 'packages/inner'),
      folder: locks,
      signal,
    })
    expect(lock.text).toBe(LOCK)
    expect(JSON.parse(lock.manifest)).toEqual({ name: 'project', dependencies: { leaf: '^1.0.0' }, private: true })
  })

  test.each([
    ['pnpm-lock.yaml', '', 'pnpm-lock.yaml'],
    ['yarn.lock', '', 'yarn.lock'],
    ['bun.lock', '', 'bun.lock'],
    [
      'package-lock.json',
      '{ "packages": { "node_modules/own": { "resolved": "packages/own", "link": true } } }',
      'node_modules/own',
    ],
    ['README.md', '', 'no package-lock.json'],
  ])('of a project with %s only is a config error', async (file, text, named) => {
    const { project, locks } = await projectWith({ url: 'http://127.0.0.1:9/' })
    await writeFile(join(project, file), text)
    await expect(resolveLock('lockfile', { projectFolder: project, folder: locks, signal })).rejects.toMatchObject({
      code: 'REQUIREMENTS_UNRESOLVED',
      kind: 'config',
      message: expect.stringContaining(named),
      hint: expect.stringContaining("requirements: ['name@1.2.3']"),
    })
  })
})
