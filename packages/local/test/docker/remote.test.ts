import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'

import { docker, freePort, noEngine, unavailable } from '@sidestep/containers'
import { noOwnEngine, OwnEngine } from '@sidestep/containers/own-engine'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

import { defaultEngine, type EngineAddress } from '../../src/docker/docker-host.ts'
import { until } from '../support/until.ts'
import { testContainer, testImage, testService } from './engine.ts'
import { portTo } from './port-to.ts'

const WHY_NOT = noEngine ?? noOwnEngine
const NO_SSH = unavailable(whyNoSsh())

function whyNoSsh(): string | undefined {
  try {
    for (const program of ['/usr/sbin/sshd', '/usr/bin/ssh']) execFileSync('test', ['-x', program])
    return undefined
  } catch {
    return 'there is no ssh and sshd'
  }
}

describe.skipIf(WHY_NOT !== undefined)(`an engine elsewhere${WHY_NOT === undefined ? '' : `: ${WHY_NOT}`}`, () => {
  let engine: OwnEngine
  let image: string

  beforeAll(async () => {
    engine = await OwnEngine.start({ tls: true })
    image = await engine.load(await testImage())
  }, 120_000)
  afterAll(async () => engine[Symbol.asyncDispose](), 60_000)

  const runs = async (address: EngineAddress): Promise<void> => {
    const service = testService({ engine: address })
    const facts = await service.engineFacts({ signal: AbortSignal.timeout(30_000) })
    // Whose files would they be there?
    expect(facts.user).toBeUndefined()
    const job = await testContainer(`console.log('there')`, { image }, { service, host: engine.host })
    await job.submit()
    expect(await job.ended()).toMatchObject({ phase: 'succeeded' })
    expect(await job.lines()).toEqual(['there'])
    expect(await docker(['ps', '-aq', '--filter', `name=${job.request.name}`])).toBe('')
  }
  const refuses = async (address: EngineAddress, expected: object): Promise<void> => {
    const asked = testService({ engine: address }).engineFacts({ signal: AbortSignal.timeout(30_000) })
    await expect(asked).rejects.toMatchObject(expected)
  }

  it('over tcp, as DOCKER_HOST names it', async () => {
    const { host, close } = await portTo(engine.host)
    onTestFinished(close)
    expect(defaultEngine({ DOCKER_HOST: host })).toEqual({ host })
    await runs({ host })
    const certPath = engine.folder
    await refuses(
      { host, certPath },
      { code: 'CONFIG_INVALID', message: expect.stringContaining('does not speak TLS') },
    )
  }, 60_000)

  it('over TLS, by the variables and by a context of the client', async () => {
    const { folder, tlsHost: host } = engine
    const byVariables = defaultEngine({ DOCKER_HOST: host, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder })
    expect(byVariables).toEqual({ host, certPath: folder })
    await runs(byVariables)
    const environment = { DOCKER_CONFIG: join(folder, 'client') }
    const client = (...args: readonly string[]): void =>
      void execFileSync('docker', ['--config', environment.DOCKER_CONFIG, 'context', ...args], { stdio: 'ignore' })
    const files = Object.entries({ ca: 'ca.pem', cert: 'cert.pem', key: 'key.pem' })
    const options = files.map(([name, file]) => `${name}=${join(folder, file)}`)
    client('create', 'far', '--docker', [`host=${host}`, ...options].join(','))
    expect(defaultEngine(environment).host).not.toBe(host)
    client('use', 'far')
    await runs(defaultEngine(environment))
    await refuses({ host }, { code: 'CONFIG_INVALID', message: expect.stringContaining('wants TLS') })
    await refuses(
      { host: host.replace('tcp:', 'https:') },
      { code: 'CONFIG_INVALID', message: expect.stringMatching(/not trusted/) },
    )
    await refuses(
      { host, certPath: join(folder, 'client') },
      { code: 'CONFIG_INVALID', message: expect.stringMatching(/ca\.pem/) },
    )
  }, 60_000)

  it.skipIf(NO_SSH !== undefined)(
    `over ssh${NO_SSH === undefined ? '' : `: ${NO_SSH}`}`,
    async () => {
      const { folder, host } = engine
      const sshd = await startSshd(folder, host)
      onTestFinished(() => void sshd.kill())
      const path = process.env['PATH']
      process.env['PATH'] = `${join(folder, 'bin')}:${path}`
      onTestFinished(() => void (process.env['PATH'] = path))
      await runs({ host: 'ssh://far' })
      await refuses(
        { host: 'ssh://closed' },
        { code: 'LAUNCH_FAILED', kind: 'infra', message: expect.stringMatching(/Connection refused/) },
      )
      await refuses({ host: 'ssh://stranger' }, { kind: 'auth', message: expect.stringMatching(/Permission denied/) })
    },
    60_000,
  )
})

/** A server whose users find the engine, and a client that knows it under some names. */
async function startSshd(folder: string, engine: string): Promise<ChildProcess> {
  const port = await freePort()
  for (const name of ['host', 'me'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)])
  await mkdir('/run/sshd', { recursive: true })
  await writeFile(
    join(folder, 'sshd_config'),
    `Port ${port}\nListenAddress 127.0.0.1\nHostKey ${folder}/host\nAuthorizedKeysFile ${folder}/me.pub\nPidFile none\n` +
      `UsePAM no\nStrictModes no\nPermitRootLogin yes\nPasswordAuthentication no\nSetEnv DOCKER_HOST=${engine}\n`,
  )
  const known = `HostName 127.0.0.1\nUser root\nIdentitiesOnly yes\nUserKnownHostsFile ${folder}/known\nStrictHostKeyChecking accept-new\n`
  await writeFile(
    join(folder, 'ssh_config'),
    `Host far\nPort ${port}\nIdentityFile ${folder}/me\nHost closed\nPort 1\nHost stranger\nPort ${port}\nIdentityFile ${folder}/host\nHost *\n${known}`,
  )
  await mkdir(join(folder, 'bin'))
  await writeFile(join(folder, 'bin', 'ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F ${folder}/ssh_config "$@"\n`, {
    mode: 0o755,
  })
  const sshd = spawn('/usr/sbin/sshd', ['-D', '-f', join(folder, 'sshd_config')], { stdio: 'ignore' })
  await until('sshd', async () => {
    const near = connect(port, '127.0.0.1')
    return once(near, 'connect').then(
      () => near.destroy(),
      () => false as const,
    )
  })
  return sshd
}
