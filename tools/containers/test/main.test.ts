import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, onTestFinished, test } from 'vitest'

import { nodeBaseAt } from '../src/addresses.ts'
import { docker } from '../src/docker.ts'
import { noDockerRegistry } from '../src/docker-registry.ts'
import { freePort } from '../src/free-port.ts'
import { noEngine } from '../src/no-engine.ts'
import { isPushed } from '../src/push-image.ts'

const MAIN = join(import.meta.dirname, '../src/main.ts')
const INDEX = new URL('../src/index.ts', import.meta.url).href

interface Ended {
  readonly code: unknown
  readonly stdout: string
  readonly stderr: string
}

/** Runs this Node.js with some arguments. */
async function node(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env: { ...process.env, ...environment } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr })
    })
  })
}

async function stateFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'containers-test-'))
  onTestFinished(async () => rm(folder, { recursive: true, force: true }))
  return folder
}

test('wrong usage ends with 2 and says what is right', async () => {
  for (const args of [[], ['begin'], ['stop', 'now']]) {
    expect(await node([MAIN, ...args])).toMatchObject({ code: 2, stderr: expect.stringContaining('usage:') as string })
  }
})

test('stop without a start does nothing', async () => {
  const state = join(await stateFolder(), 'none')
  expect(await node([MAIN, 'stop'], { SIDESTEP_CONTAINERS_STATE: state })).toMatchObject({ code: 0, stderr: '' })
})

test('stop leaves a process alone that only has the number of one that was started', async () => {
  const state = await stateFolder()
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'])
  onTestFinished(() => void other.kill())
  await writeFile(join(state, 'dockerd.pid'), `${other.pid}`)
  expect(await node([MAIN, 'stop'], { SIDESTEP_CONTAINERS_STATE: state })).toMatchObject({ code: 0 })
  expect(existsSync(state)).toBe(false)
  expect(other.exitCode ?? other.signalCode).toBeNull()
})

test('without an engine tests get a reason, and where containers are required an error', async () => {
  const code = `const { noEngine } = await import('${INDEX}'); console.log(noEngine)`
  const environment = { PATH: '', SIDESTEP_CONTAINERS: '' }
  const args = ['--input-type=module', '-e', code]
  expect(await node(args, environment)).toMatchObject({ code: 0, stdout: 'docker is not in PATH\n' })
  expect(await node(args, { ...environment, SIDESTEP_CONTAINERS: 'required' })).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/SIDESTEP_CONTAINERS=required, but .+pnpm containers start/u) as string,
  })
})

const missing = noEngine ?? noDockerRegistry

describe.skipIf(missing !== undefined)(`with an engine${missing === undefined ? '' : ` (${missing})`}`, () => {
  test('start brings up what is missing and stop ends only that', { timeout: 120_000 }, async () => {
    const registry = `127.0.0.1:${await freePort()}`
    const state = join(await stateFolder(), 'state')
    const environment = { SIDESTEP_CONTAINERS_STATE: state, SIDESTEP_TEST_REGISTRY: registry }
    const base = nodeBaseAt(registry)
    onTestFinished(async () => {
      await node([MAIN, 'stop'], environment)
      await docker(['rmi', '-f', base])
    })
    const started = await node([MAIN, 'start'], environment)
    expect(started).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`SIDESTEP_TEST_REGISTRY=${registry}\n`) as string,
    })
    expect(started.stderr).toMatch(/docker-registry is up[^]+pushed[^]+a container ran v24\.\d+\.\d+ as 1000/u)

    // Examples spell it so.
    expect(await isPushed(`${registry}/base/node24:1`)).toBe(true)

    const again = await node([MAIN, 'start'], environment)
    expect(again).toMatchObject({ code: 0, stdout: started.stdout })
    expect(again.stderr).not.toMatch(/is up|pushed/u)

    const code = `
      import { statSync } from 'node:fs'
      import { lookup } from 'node:dns/promises'
      import { getCACertificates } from 'node:tls'
      const [home, temporary] = ['/home/node', '/tmp'].map((path) => statSync(path))
      const { address } = await lookup('localhost')
      console.log(address, home.uid, (temporary.mode & 0o7777).toString(8), getCACertificates('extra').length > 0)`
    const printed = await docker(['run', '--rm', '--network', 'none', base, 'node', '--input-type=module', '-e', code])
    expect(printed).toBe('127.0.0.1 1000 1777 true')

    expect(await node([MAIN, 'stop'], environment)).toMatchObject({ code: 0 })
    expect(existsSync(state)).toBe(false)
    await expect(fetch(`http://${registry}/v2/`)).rejects.toThrow('fetch failed')
    expect(await docker(['version', '--format', '{{.Server.Os}}'])).toBe('linux')
  })

  test('a registry that asks for a login is not taken', async () => {
    const server = createServer((_request, answer) => answer.writeHead(401).end()).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const registry = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const state = await stateFolder()
    const ended = await node([MAIN, 'start'], { SIDESTEP_CONTAINERS_STATE: state, SIDESTEP_TEST_REGISTRY: registry })
    expect(ended).toMatchObject({ code: 1, stderr: `${registry} is no open registry: GET /v2/ answers 401\n` })
  })
})
