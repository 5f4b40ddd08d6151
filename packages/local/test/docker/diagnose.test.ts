import { noEngine } from '@sidestep/containers'
import { noPodman, Podman } from '@sidestep/containers/podman'
import { describe, expect, it } from 'vitest'

import { docker } from '../../src/index.ts'
import { json, scriptedEngine } from './scripted-engine.ts'

const diagnose = async (host?: string) =>
  (await docker(host === undefined ? {} : { host }).load()).diagnose({ signal: AbortSignal.timeout(30_000) })

const INFO = {
  NCPU: 4,
  MemTotal: 8 * 2 ** 30,
  OSType: 'linux',
  Architecture: 'aarch64',
  ServerVersion: '28.1.0',
  Runtimes: { runc: {} },
}

const scripted = async (info: object): Promise<string> =>
  (
    await scriptedEngine((path, response) => {
      if (path === '/info') json(response, info)
    })
  ).host

describe('what the step operator docker needs', () => {
  it.skipIf(noEngine !== undefined)(
    `is there with a real engine${noEngine === undefined ? '' : `: ${noEngine}`}`,
    async () => {
      const [engine, gpus] = await diagnose()
      expect(engine).toMatchObject({
        tried: expect.stringMatching(/^asking the engine unix:\/\/\//),
        state: 'ok',
        found: expect.stringMatching(/^Docker \d+\.\d+\.\S+, linux\/\w+, \d+ processors, .* of memory$/),
      })
      expect(gpus).toMatchObject({ tried: 'what it says about GPUs', state: 'ok' })
    },
  )

  it.skipIf(noPodman !== undefined)(
    `is there with Podman, but for GPUs${noPodman === undefined ? '' : `: ${noPodman}`}`,
    async () => {
      await using podman = await Podman.prepare()
      const [engine, gpus] = await diagnose(await podman.startService())
      expect(engine).toMatchObject({ state: 'ok', found: expect.stringMatching(/^Podman \d+\.\d+\.\S+, linux/) })
      expect(gpus?.found).toContain('Podman gives none')
    },
    60_000,
  )

  it.each([
    [{}, 'it tells of none: a step that asks for one needs the NVIDIA container toolkit on its machine'],
    [{ Runtimes: { runc: {}, nvidia: {} } }, 'it has the NVIDIA container toolkit'],
    [{ DiscoveredDevices: [{ Source: 'cdi', ID: 'nvidia.com/gpu=0' }] }, 'it has the devices nvidia.com/gpu=0'],
    [{ Runtimes: null, DiscoveredDevices: null }, expect.stringContaining('it tells of none')],
  ])('says of GPUs what the engine says: %j', async (more, found) => {
    expect(await diagnose(await scripted({ ...INFO, ...more }))).toMatchObject([
      { state: 'ok', found: 'Docker 28.1.0, linux/arm64, 4 processors, 8 GiB of memory' },
      { state: 'ok', found },
    ])
  })

  it('is not there: one problem, with what to do', async () => {
    expect(await diagnose('unix:///nowhere/engine.sock')).toEqual([
      {
        tried: 'asking the engine unix:///nowhere/engine.sock',
        state: 'problem',
        found: expect.stringMatching(/^the engine unix:\/\/\/nowhere\/engine\.sock gave no answer: .*ENOENT/),
        hint: 'Is Docker running, and may you use it? `docker version` tells.',
      },
    ])
    const { host } = await scriptedEngine((path, response) => {
      if (path === '/info') json(response, { message: 'starting' }, 503)
    })
    expect(await diagnose(host)).toMatchObject([
      { state: 'problem', found: `the engine ${host} answers with status 503: starting`, hint: expect.anything() },
    ])
  })
})
