import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, onTestFinished, test, vi } from 'vitest'

import { ensureEngine } from '../src/engine.ts'
import { nodeBaseAt } from '../src/addresses.ts'
import { noEngine } from '../src/no-engine.ts'
import { quoted } from '../src/quoted.ts'
import { startService } from '../src/service.ts'
import { prepareState, readSettings } from '../src/settings.ts'

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'containers-test-'))
  onTestFinished(async () => rm(folder, { recursive: true, force: true }))
  return folder
}

test('a state folder that others could have made is refused', async () => {
  const folder = await temporaryFolder()
  const prepare = async (name: string): Promise<void> =>
    prepareState(readSettings({ SIDESTEP_CONTAINERS_STATE: join(folder, name) }))
  await prepare('new')
  expect((await stat(join(folder, 'new'))).mode & 0o777).toBe(0o700)
  await prepare('new')
  await symlink(join(folder, 'new'), join(folder, 'link'))
  await expect(prepare('link')).rejects.toThrow(/link is no folder.+SIDESTEP_CONTAINERS_STATE/u)
  await mkdir(join(folder, 'open'))
  await chmod(join(folder, 'open'), 0o750)
  await expect(prepare('open')).rejects.toThrow('is open to others (mode 750, not 700)')
})

test.skipIf(process.getuid?.() !== 0)("another user's state folder is refused (needs root)", async () => {
  const folder = await temporaryFolder()
  execFileSync('chown', ['12345', folder])
  await expect(prepareState(readSettings({ SIDESTEP_CONTAINERS_STATE: folder }))).rejects.toThrow(
    'belongs to the user 12345',
  )
})

test.for(['127.0.0.1:5000', 'unix:///a b', "it's $(here) `now`; \\ !", 'two\nlines', ''])(
  'what is printed is one word of shell code: %j',
  (value) => {
    expect(execFileSync('sh', ['-c', `printf %s ${quoted(value)}`], { encoding: 'utf8' })).toBe(value)
  },
)

test('a service that does not come up is ended', async () => {
  const state = await temporaryFolder()
  const program = `trap 'echo told; exit' TERM; echo begun; while :; do sleep 0.1; done`
  const started = startService(state, {
    name: 'slow',
    command: ['sh', '-c', program, state],
    answers: async () => false,
    timeoutMs: 1000,
  })
  await expect(started).rejects.toThrow(/slow did not come up: it does not answer within 1 s\nbegun\ntold$/u)
  const pid = Number(await readFile(join(state, 'slow.pid'), 'utf8'))
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
})

test('the name of the base image tells what is in it, wherever it lies', async () => {
  expect(nodeBaseAt('there:1')).toMatch(/^there:1\/base\/node24:24\.\d+\.\d+-[0-9a-f]{12}$/u)
  const named = (environment: object): string =>
    execFileSync(process.execPath, ['-p', "require('./src/addresses.ts').nodeBaseAt('there:1')"], {
      cwd: join(import.meta.dirname, '..'),
      encoding: 'utf8',
      env: { ...process.env, ...environment },
    }).trim()
  expect(named({})).toBe(nodeBaseAt('there:1'))
  const certificates = join(await temporaryFolder(), 'own.pem')
  await writeFile(certificates, 'another authority')
  expect(named({ NODE_EXTRA_CA_CERTS: certificates })).not.toBe(nodeBaseAt('there:1'))
})

test.skipIf(noEngine !== undefined || process.getuid?.() !== 0)('an engine that hangs keeps its socket', async () => {
  const state = await temporaryFolder()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => sockets.add(socket)).listen(join(state, 'docker.sock'))
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const host = `unix://${join(state, 'docker.sock')}`
  vi.stubEnv('DOCKER_HOST', host)
  onTestFinished(() => void vi.unstubAllEnvs())
  await expect(ensureEngine({ state, host }, { timeoutMs: 500 })).rejects.toThrow(
    `an engine listens on ${host}, and does not answer within 0.5 s`,
  )
  expect((await stat(join(state, 'docker.sock'))).isSocket()).toBe(true)
})
