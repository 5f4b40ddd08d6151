import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Stack, type JobToPrepare } from '@sidestep/core'
import { describe, expect, it, onTestFinished } from 'vitest'

import type { DockerConfig, DockerStepSettings } from '../../src/docker/docker-config.ts'
import { defaultEngine } from '../../src/docker/docker-host.ts'
import { connectionTo } from '../../src/docker/engine-connection.ts'
import { factsOf, type EngineFacts } from '../../src/docker/engine-facts.ts'
import { createBody } from '../../src/docker/create-body.ts'
import { prepareRequest } from '../../src/docker/request.ts'
import { docker, localArtifactStore } from '../../src/index.ts'

const CONFIG = { engine: { host: 'unix:///s' }, mounts: [], stopGraceMs: 10_000, keepContainers: false } as const
const FACTS: EngineFacts = {
  cpuCount: 8,
  memoryBytes: 16 * 2 ** 30,
  platform: 'linux/amd64',
  hasInit: true,
  remapsUsers: false,
  isPodman: false,
  user: '1000:1000',
}
const LOCAL_STORE = JSON.stringify({ flavor: 'local', path: '/home/me/project/.sidestep/store' })

type Job = JobToPrepare<DockerStepSettings, EngineFacts>

function job(config: Partial<Job['info']['config']> = {}, changes: Partial<Job> = {}): Job {
  const policy = 'cancel'
  return {
    info: {
      stepRunId: 'train-1',
      runId: 'run-1',
      runName: 'penguins',
      stepName: 'train',
      attempt: 1,
      alternative: 0,
      pipeline: { name: 'penguins', dockerSettings: {} },
      config: {
        resourceSettings: {},
        dockerSettings: {},
        timeouts: {},
        retry: { maxAttempts: 1, on: [] },
        cancel: {
          onAbort: policy,
          onSignal: policy,
          onTimeout: policy,
          onSiblingFailure: policy,
          onLostHeartbeat: policy,
        },
        settings: {},
        ...config,
      },
      bundle: { path: '/b/1.mjs', uri: 'file:///s/bundles/1.mjs', sha256: 'ab', requirements: [] },
      projectFolder: '/home/me/project',
      image: 'registry/steps@sha256:ab',
    },
    labels: { runId: 'run-1', stepRunId: 'train-1', attempt: 1, token: '0123456789abcdef', journalId: 'journal-1' },
    settings: {},
    command: ['node', '/opt/sidestep/step.mjs', '--spec', 'file:///s/runs/run-1/train-1/1/spec.json'],
    environment: { MODE: 'test', SIDESTEP_STORE: LOCAL_STORE },
    secretNames: ['TOKEN'],
    facts: FACTS,
    ...changes,
  }
}

describe('the request of a container', () => {
  it('is exactly this, and holds no secret', () => {
    const resourceSettings = { cpuCount: 2, memory: '2GiB', gpuCount: 1 } as const
    const request = prepareRequest(job({ resourceSettings }), CONFIG)
    expect(request).toMatchInlineSnapshot(`
      {
        "command": [
          "node",
          "/opt/sidestep/step.mjs",
          "--spec",
          "file:///s/runs/run-1/train-1/1/spec.json",
        ],
        "cpuCount": 2,
        "environment": {
          "HOME": "/tmp",
          "MODE": "test",
          "SIDESTEP_STORE": "{"flavor":"local","path":"/home/me/project/.sidestep/store"}",
        },
        "gpus": 1,
        "image": "registry/steps@sha256:ab",
        "init": true,
        "machineUsers": false,
        "memoryBytes": 2147483648,
        "mounts": [
          {
            "readOnly": false,
            "source": "/home/me/project/.sidestep/store",
            "target": "/home/me/project/.sidestep/store",
          },
        ],
        "name": "sidestep-0123456789abcdef",
        "secretNames": [
          "TOKEN",
        ],
        "sharedMemoryBytes": 1073741824,
        "stopTimeoutSeconds": 15,
        "store": "bfaf70f242c709762816c6a3a668623b",
        "user": "1000:1000",
      }
    `)
    const body = createBody(request, {
      labels: job().labels,
      nonce: 'n',
      fingerprint: 'f',
      secrets: { TOKEN: 'hunter2' },
    })
    expect(body).toMatchInlineSnapshot(`
      {
        "Cmd": [
          "/opt/sidestep/step.mjs",
          "--spec",
          "file:///s/runs/run-1/train-1/1/spec.json",
        ],
        "Entrypoint": [
          "node",
        ],
        "Env": [
          "HOME=/tmp",
          "MODE=test",
          "SIDESTEP_STORE={"flavor":"local","path":"/home/me/project/.sidestep/store"}",
          "TOKEN=hunter2",
          "SIDESTEP_NONCE=n",
          "SIDESTEP_JOB_TOKEN=0123456789abcdef",
        ],
        "Healthcheck": {
          "Test": [
            "NONE",
          ],
        },
        "HostConfig": {
          "AutoRemove": false,
          "DeviceRequests": [
            {
              "Capabilities": [
                [
                  "gpu",
                ],
              ],
              "Count": 1,
            },
          ],
          "Init": true,
          "LogConfig": {
            "Config": {
              "max-file": "2",
              "max-size": "1m",
            },
            "Type": "json-file",
          },
          "Memory": 2147483648,
          "MemorySwap": 2147483648,
          "Mounts": [
            {
              "ReadOnly": false,
              "Source": "/home/me/project/.sidestep/store",
              "Target": "/home/me/project/.sidestep/store",
              "Type": "bind",
            },
          ],
          "NanoCpus": 2000000000,
          "RestartPolicy": {
            "Name": "no",
          },
          "ShmSize": 1073741824,
        },
        "Image": "registry/steps@sha256:ab",
        "Labels": {
          "dev.sidestep.attempt": "1",
          "dev.sidestep.fingerprint": "f",
          "dev.sidestep.journal": "journal-1",
          "dev.sidestep.nonce": "n",
          "dev.sidestep.run": "run-1",
          "dev.sidestep.step-run": "train-1",
          "dev.sidestep.store": "bfaf70f242c709762816c6a3a668623b",
          "dev.sidestep.token": "0123456789abcdef",
        },
        "StopSignal": "SIGTERM",
        "StopTimeout": 15,
        "User": "1000:1000",
      }
    `)
  })

  it('leaves user and folders alone where the store is no folder', () => {
    const request = prepareRequest(job({}, { environment: { SIDESTEP_STORE: '{"flavor":"s3","bucket":"b"}' } }), CONFIG)
    expect(request).toMatchObject({ mounts: [], environment: { SIDESTEP_STORE: expect.any(String) } })
    expect(request.user).toBeUndefined()
    expect(request.environment['HOME']).toBeUndefined()
  })

  it.each([
    [{ resourceSettings: { cpuCount: 9 } }, 'RESOURCES_UNAVAILABLE'],
    [{ resourceSettings: { memory: '17GiB' } }, 'RESOURCES_UNAVAILABLE'],
    [{ resourceSettings: { memory: '5MiB' } }, 'RESOURCES_UNAVAILABLE'],
    [{ resourceSettings: { gpuType: 'L4' } }, 'RESOURCES_UNAVAILABLE'],
    [{ resourceSettings: { instanceCount: 2 } }, 'RESOURCES_UNAVAILABLE'],
    [{ dockerSettings: { platform: 'linux/arm64' } }, 'CONFIG_INVALID'],
  ] as const)('refuses %o', (config, code) => {
    expect(() => prepareRequest(job(config), CONFIG)).toThrow(expect.objectContaining({ code, kind: 'config' }))
  })

  it('refuses GPUs of Podman, which would run the step without them', () => {
    const facts = { ...FACTS, isPodman: true }
    for (const asked of [
      job({ resourceSettings: { gpuCount: 1 } }, { facts }),
      job({}, { facts, settings: { gpuDevices: ['0'] } }),
    ]) {
      expect(() => prepareRequest(asked, CONFIG)).toThrow(expect.objectContaining({ code: 'RESOURCES_UNAVAILABLE' }))
    }
    expect(prepareRequest(job({ resourceSettings: { gpuCount: 0 } }, { facts }), CONFIG).gpus).toBeUndefined()
  })

  it('refuses settings that are none, GPUs that do not add up, and a step without an image', () => {
    const settings = { gpuDevice: ['0'] } as unknown as DockerStepSettings
    expect(() => prepareRequest(job({}, { settings }), CONFIG)).toThrow(
      /there is no gpuDevice; did you mean gpuDevices/,
    )
    const two = { settings: { gpuDevices: ['0', '1'] } }
    expect(() => prepareRequest(job({ resourceSettings: { gpuCount: 1 } }, two), CONFIG)).toThrow(/gpuDevices names 2/)
    expect(prepareRequest(job({}, two), CONFIG).gpus).toEqual(['0', '1'])
    const { image: _, ...info } = job().info
    expect(() => prepareRequest(job({}, { info }), CONFIG)).toThrow(expect.objectContaining({ code: 'IMAGE_INVALID' }))
  })
})

describe('the facts of an engine', () => {
  const info = { NCPU: 2, MemTotal: 1, OSType: 'linux', Architecture: 'aarch64', InitBinary: 'docker-init' }
  const self = { uid: 1000, gid: 100 }
  it.each([
    [['name=seccomp,profile=default'], 'unix:///s', { user: '1000:100', remapsUsers: false, hasInit: true }],
    [['name=rootless'], 'unix:///s', { user: '0:0' }],
    [['name=userns'], 'unix:///s', { user: '1000:100', remapsUsers: true }],
    [null, 'tcp://h:2375', { remapsUsers: false }],
  ])('%o at %s', (SecurityOptions, host, expected) => {
    const facts = factsOf({ ...info, SecurityOptions }, { host, self })
    expect(facts).toMatchObject({ platform: 'linux/arm64', ...expected })
    expect('user' in facts).toBe(host.startsWith('unix:'))
  })
})

describe('the flavor docker', () => {
  it('knows its engine, and fills in which one it is', async () => {
    expect(docker({ host: 'tcp://h:1' }).complete?.()).toEqual({ host: 'tcp://h:1' })
    expect(docker({}).complete?.()).toMatchObject({ host: expect.stringMatching(/^\w+:/) })
    const operator = await docker({ host: 'unix:///s', stopGrace: '3s' }).load()
    expect(operator).toMatchObject({ graceMs: 3_000, location: { cloud: 'local' } })
    expect((await docker({ host: 'ssh://me@h' }).load()).location).toBeUndefined()
  })

  it.each([
    [{ host: '/var/run/docker.sock' }, 'is no address of a Docker engine'],
    [{ hosts: 'x' }, 'did you mean host?'],
    [{ mounts: [{ source: 'data' }] }, 'must be an absolute path'],
  ])('refuses %o', async (config, message) => {
    await expect(docker(config as object).load()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(message),
    })
  })

  it('says that an engine elsewhere does not reach a folder of this machine', async () => {
    const problems = async (config: DockerConfig): Promise<readonly unknown[]> => {
      const artifactStore = localArtifactStore({ path: '/s' })
      const stack = new Stack({ name: 's', artifactStore, stepOperators: { d: docker(config) } })
      const operator = await stack.stepOperator('d')
      return (operator as unknown as { validate(stack: Stack): readonly unknown[] }).validate(stack)
    }
    expect(await problems({ host: 'unix:///s' })).toEqual([])
    expect(await problems({ host: 'tcp://h:2375' })).toMatchObject([{ path: 'artifactStore' }])
    expect(await problems({ host: 'tcp://h:2375', mounts: [{ source: '/other' }] })).toHaveLength(1)
    // Both have the folder of a file server.
    expect(await problems({ host: 'tcp://h:2375', mounts: [{ source: '/export/s', target: '/s' }] })).toEqual([])
  })
})

describe('the address of an engine', () => {
  it.each([
    ['unix:///run/user/1000/podman/podman.sock', { socketPath: '/run/user/1000/podman/podman.sock' }],
    ['tcp://10.0.0.1', { host: '10.0.0.1', port: 2375 }],
    ['http://[::1]:99', { host: '::1', port: 99 }],
  ])('%s', (host, options) => {
    expect(connectionTo({ host })).toMatchObject({ secure: false, options })
  })

  it.each(['unix://var/run/docker.sock', 'unix:', 'tcp://', '/var/run/docker.sock'])('is not %s', (host) => {
    expect(() => connectionTo({ host })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', hint: expect.stringContaining('unix:///') }),
    )
  })

  it('is that of the context that was named, and never another one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sidestep-contexts-'))
    onTestFinished(async () => rm(folder, { recursive: true, maxRetries: 5 }))
    const environment = { DOCKER_CONFIG: folder }
    const local = { host: 'unix:///var/run/docker.sock' }
    const context = async (name: string, text: string): Promise<void> => {
      const meta = join(folder, 'contexts', 'meta', createHash('sha256').update(name).digest('hex'))
      await mkdir(meta, { recursive: true })
      await writeFile(join(meta, 'meta.json'), text)
    }
    const refuses = (given: NodeJS.ProcessEnv, message: RegExp): void =>
      expect(() => defaultEngine({ ...environment, ...given })).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID', kind: 'config', message: expect.stringMatching(message) }),
      )
    expect(defaultEngine(environment)).toEqual(local)
    await context('far', '{"Endpoints":{"docker":{"Host":"ssh://far"}}}')
    await context('empty', '{"Endpoints":{}}')
    await context('broken', '{')
    expect(defaultEngine({ ...environment, DOCKER_CONTEXT: 'far' })).toEqual({ host: 'ssh://far' })
    expect(defaultEngine({ ...environment, DOCKER_CONTEXT: 'default' })).toEqual(local)
    refuses({ DOCKER_CONTEXT: 'nope' }, /^DOCKER_CONTEXT names the Docker context nope, and there is no /)
    refuses({ DOCKER_CONTEXT: 'empty' }, /names no engine/)
    refuses({ DOCKER_CONTEXT: 'broken' }, /meta\.json .* cannot be read/)
    const config = join(folder, 'config.json')
    await writeFile(config, '{"auths":{}}')
    expect(defaultEngine(environment)).toEqual(local)
    await writeFile(config, '{"currentContext":"far"}')
    expect(defaultEngine(environment)).toEqual({ host: 'ssh://far' })
    await writeFile(config, '{"currentContext":"nope"}')
    refuses({}, /config\.json names the Docker context nope/)
    for (const text of ['{"currentContext":', 'null']) {
      await writeFile(config, text)
      refuses({}, /config\.json .* cannot be read/)
    }
    // What names the engine itself needs none of that.
    expect(defaultEngine({ ...environment, DOCKER_HOST: 'tcp://h:1' })).toEqual({ host: 'tcp://h:1' })
    expect(defaultEngine({ ...environment, DOCKER_CONTEXT: 'far' })).toEqual({ host: 'ssh://far' })
  })
})
