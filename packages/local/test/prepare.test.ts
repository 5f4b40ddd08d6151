import type { CancelPolicy, JobToPrepare } from '@sidestep/core'
import { describe, expect, it } from 'vitest'

import type { LocalSettings } from '../src/local-config.ts'
import { prepareRequest, type LocalFacts } from '../src/operator/request.ts'

const CONFIG = { home: '/home/me/project/.sidestep', resources: 'enforce', stopGraceMs: 10_000 } as const
const MACHINE = { cpuCount: 8, memoryBytes: 16 * 2 ** 30, platform: 'linux/amd64' }

type Job = JobToPrepare<LocalSettings, LocalFacts>
type StepParts = Partial<Job['info']['config']>

function job(config: StepParts = {}, changes: Partial<Job> = {}): Job {
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
          onAbort: 'cancel',
          onSignal: 'cancel',
          onTimeout: 'cancel',
          onSiblingFailure: 'cancel',
          onLostHeartbeat: 'cancel',
        },
        settings: {},
        ...config,
      },
      bundle: { path: '/b/1.mjs', uri: 'file:///s/bundles/1.mjs', sha256: 'ab', requirements: [] },
      projectFolder: '/home/me/project',
    },
    labels: { runId: 'run-1', stepRunId: 'train-1', attempt: 1, token: '0123456789abcdef', journalId: 'journal-1' },
    settings: {},
    command: ['node', 'step.mjs', '--spec', 'file:///s/runs/run-1/train-1/1/spec.json'],
    environment: { MODE: 'test', SIDESTEP_STORE: '{}' },
    secretNames: ['TOKEN'],
    facts: { machine: MACHINE },
    ...changes,
  }
}

function refusal(
  config: StepParts,
  changes: Partial<Job> = {},
  operator: Parameters<typeof prepareRequest>[1] = CONFIG,
): unknown {
  try {
    return prepareRequest(job(config, changes), operator)
  } catch (error) {
    return error
  }
}

describe('the request of a local job', () => {
  it('is exactly this', () => {
    expect(
      prepareRequest(
        job(
          { resourceSettings: { cpuCount: 8, memory: '2GiB' }, timeouts: { queueMs: 1, runMs: 2, totalMs: 3 } },
          {
            facts: {
              machine: MACHINE,
              lock: { text: '{}', sha256: 'cd', manifest: '{}' } as unknown as NonNullable<LocalFacts['lock']>,
            },
          },
        ),
        CONFIG,
      ),
    ).toMatchInlineSnapshot(`
      {
        "bundle": {
          "path": "/b/1.mjs",
          "sha256": "ab",
          "uri": "file:///s/bundles/1.mjs",
        },
        "command": [
          "node",
          "/home/me/project/.sidestep/jobs/0123456789abcdef/step.mjs",
          "--spec",
          "file:///s/runs/run-1/train-1/1/spec.json",
        ],
        "environment": {
          "MODE": "test",
          "SIDESTEP_STORE": "{}",
        },
        "folder": "/home/me/project/.sidestep/jobs/0123456789abcdef",
        "limits": {
          "memoryBytes": 2147483648,
          "queueMs": 1,
          "runMs": 2,
          "stopGraceMs": 10000,
          "totalMs": 3,
        },
        "packages": {
          "environmentsFolder": "/home/me/project/.sidestep/environments",
          "lock": {
            "manifest": "{}",
            "sha256": "cd",
            "text": "{}",
          },
          "projectFolder": "/home/me/project",
        },
        "secretNames": [
          "TOKEN",
        ],
      }
    `)
  })

  it('needs as little as a step that asks for nothing', () => {
    expect(prepareRequest(job(), CONFIG)).toMatchInlineSnapshot(`
      {
        "bundle": {
          "path": "/b/1.mjs",
          "sha256": "ab",
          "uri": "file:///s/bundles/1.mjs",
        },
        "command": [
          "node",
          "/home/me/project/.sidestep/jobs/0123456789abcdef/step.mjs",
          "--spec",
          "file:///s/runs/run-1/train-1/1/spec.json",
        ],
        "environment": {
          "MODE": "test",
          "SIDESTEP_STORE": "{}",
        },
        "folder": "/home/me/project/.sidestep/jobs/0123456789abcdef",
        "limits": {
          "stopGraceMs": 10000,
        },
        "secretNames": [
          "TOKEN",
        ],
      }
    `)
  })

  it('has the time limits that the supervisor keeps: none where the job is left running at a timeout', () => {
    const timeouts = { queueMs: 1, runMs: 2, totalMs: 3 }
    const others = 'detach' as const
    const cancel = { onAbort: others, onSignal: others, onSiblingFailure: others, onLostHeartbeat: others }
    const limits = (onTimeout: CancelPolicy): unknown =>
      prepareRequest(job({ timeouts, cancel: { ...cancel, onTimeout } }), CONFIG).limits
    expect(limits('detach')).toEqual({ stopGraceMs: 10_000 })
    for (const policy of ['cancel', 'cancelAndWait'] as const)
      expect(limits(policy)).toEqual({ ...timeouts, stopGraceMs: 10_000 })
  })

  it('is plain JSON, and the same for the same step', () => {
    const request = prepareRequest(job(), CONFIG)
    expect(JSON.parse(JSON.stringify(request))).toEqual(request)
    expect(prepareRequest(job(), CONFIG)).toEqual(request)
  })
})

describe('resources that this machine has not', () => {
  it.each([
    [{ cpuCount: 9 }, 'cpuCount: 9, and there are 8'],
    [{ memory: '17GiB' }, "memory: '17GiB', and there are 16 GiB"],
    [{ gpuCount: 1 }, 'gpuCount: 1, and local jobs get no GPU'],
    [{ gpuType: 'L4' }, "gpuType: 'L4', and local jobs get no GPU"],
    [{ instanceCount: 2 }, 'instanceCount: 2, and this is one machine'],
  ] as const)('%o are refused with what was asked and what there is', (resourceSettings, message) => {
    expect(refusal({ resourceSettings })).toMatchObject({
      code: 'RESOURCES_UNAVAILABLE',
      kind: 'config',
      message: `the step train asks for more than this machine has: ${message}`,
      hint: expect.stringContaining(`resources: 'ignore'`),
    })
  })

  it('are all named at once', () => {
    expect(refusal({ resourceSettings: { cpuCount: 64, memory: '1TiB' } })).toMatchObject({
      message: expect.stringMatching(/cpuCount: 64.*memory: '1TiB'/),
    })
  })

  it('may be asked for up to the last of them', () => {
    expect(
      refusal({ resourceSettings: { cpuCount: 8, memory: '16GiB', gpuCount: 0, instanceCount: 1 } }),
    ).toHaveProperty('limits.memoryBytes', 16 * 2 ** 30)
  })

  it('are neither refused nor enforced where the operator ignores them', () => {
    const resourceSettings = { cpuCount: 640, memory: '16TiB', gpuCount: 8, gpuType: 'H100', instanceCount: 4 } as const
    expect(refusal({ resourceSettings }, {}, { ...CONFIG, resources: 'ignore' })).toMatchObject({
      limits: { stopGraceMs: 10_000 },
    })
  })
})

describe('docker settings', () => {
  it.each([
    [{ parentImage: 'node:24' }, 'docker.parentImage'],
    [{ dockerfile: 'Dockerfile' }, 'docker.dockerfile'],
    [{ aptPackages: ['ffmpeg'] }, 'docker.aptPackages'],
    [{ pipRequirements: ['numpy'] }, 'docker.pipRequirements'],
    [{ files: ['data/'] }, 'docker.files'],
    [{ user: 'nobody' }, 'docker.user'],
    [{ workdir: '/app' }, 'docker.workdir'],
    [{ targetRepository: 'r' }, 'docker.targetRepository'],
    [{ skipBuild: true, parentImage: 'x' }, 'docker.parentImage, docker.skipBuild'],
  ])('%o need an image, which is refused by name', (dockerSettings, names) => {
    expect(refusal({ dockerSettings })).toMatchObject({
      code: 'CONFIG_INVALID',
      kind: 'config',
      message: `the step train has ${names}, which needs an image, and the step operator local uses none`,
    })
  })

  it('may name the platform that this machine is, and no other', () => {
    expect(refusal({ dockerSettings: { platform: 'linux/amd64' } })).toHaveProperty('command')
    expect(refusal({ dockerSettings: { platform: 'linux/arm64' } })).toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'the step train has docker.platform linux/arm64, and this machine is linux/amd64',
    })
  })

  it('that ask for nothing, or for no image, are accepted', () => {
    const dockerSettings = {
      aptPackages: [],
      skipBuild: false,
      preventBuildReuse: true,
      requirements: ['a@1'],
      environment: { A: '1' },
    }
    expect(refusal({ dockerSettings })).toHaveProperty('command')
  })
})
