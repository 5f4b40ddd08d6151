import { existsSync, realpathSync } from 'node:fs'
import { chmod, readdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

import { resolveLock, type Lock, type StepRunInfo } from '@sidestep/core'
import { describe, expect, it } from 'vitest'

import type { LocalRequest } from '../src/job/job-request.ts'
import { isAlive, TestHome } from './support/jobs.ts'
import { temporaryFolder, writeScript } from './support/folders.ts'

/** A small package without dependencies. */
const REQUIREMENT = 'is-odd@3.0.1'

async function packagesOf(
  home: TestHome,
  requirement: string = REQUIREMENT,
): Promise<NonNullable<LocalRequest['packages']>> {
  const projectFolder = await temporaryFolder()
  const signal = AbortSignal.timeout(60_000)
  const lock = await resolveLock([requirement], { projectFolder, folder: join(home.path, 'locks'), signal })
  return { lock, environmentsFolder: join(home.path, 'environments'), projectFolder }
}

/** Puts a program that is called `npm` first on the PATH, for as long as `use` runs. */
async function withNpm<T>(source: string, use: () => Promise<T>): Promise<T> {
  const folder = await temporaryFolder()
  await chmod(await writeScript(folder, 'npm', `#!/bin/sh\n${source}\n`), 0o755)
  const path = process.env['PATH']
  process.env['PATH'] = `${folder}${delimiter}${path}`
  try {
    return await use()
  } finally {
    process.env['PATH'] = path
  }
}

describe('the packages of a job', () => {
  it('are installed by the supervisor into a folder that jobs of one lock share, and found by import', async () => {
    const home = await TestHome.create()
    const packages = await packagesOf(home)
    const source = `import isOdd from 'is-odd'; console.log(isOdd(3), import.meta.resolve('is-odd'))`
    const job = await home.start(source, { packages })
    expect(await job.ended()).toMatchObject({ phase: 'succeeded' })
    expect((await job.observe()).phases?.map(({ phase }) => phase)).toEqual([
      'queued',
      'provisioning',
      'running',
      'succeeded',
    ])
    const environment = join(packages.environmentsFolder, packages.lock.sha256)
    expect(realpathSync(job.folder.nodeModules)).toBe(realpathSync(join(environment, 'node_modules')))
    expect(await job.output()).toContain(`true file://${realpathSync(environment)}/node_modules/is-odd/`)
    // Complete: neither npm nor a network is asked again.
    const second = await withNpm('exit 1', () => home.start(source, { packages }))
    expect(await second.ended()).toMatchObject({ phase: 'succeeded' })
  })

  it('are looked up before it is started, and a registry that does not answer is told of at once', async () => {
    const home = await TestHome.create()
    const projectFolder = await temporaryFolder()
    // As npm says it, when it has asked for the first time.
    const line = 'npm http fetch GET https://user:secret@registry.example/is-odd attempt 1 failed with ECONNREFUSED'
    const info = { stepName: 'train', projectFolder, bundle: { requirements: [REQUIREMENT] } } as unknown as StepRunInfo
    const said: string[] = []
    const signal = AbortSignal.timeout(60_000)
    const asked = withNpm(`echo '${line}' >&2; exit 1`, () =>
      home.service.facts(info, { signal, warn: (message) => said.push(message) }),
    )
    await expect(asked).rejects.toMatchObject({ code: 'REQUIREMENTS_FAILED' })
    expect(said).toEqual(['npm gets no answer from registry.example, trying again (ECONNREFUSED)'])
  })

  it('that npm cannot install end the job, with what npm says', async () => {
    const home = await TestHome.create()
    const packages = await packagesOf(home)
    // `npm ci` refuses a lock that does not fit its manifest.
    const manifest = packages.lock.manifest.replace('3.0.1', '2.0.0')
    const broken: Lock = { ...packages.lock, manifest, sha256: 'b'.repeat(64) }
    const job = await home.start('', { packages: { ...packages, lock: broken } })
    expect(await job.ended()).toMatchObject({
      phase: 'failed',
      providerState: 'packages_failed',
      kind: expect.any(String),
      reason: expect.stringMatching(/is-odd|npm/),
    })
    expect(existsSync(join(packages.environmentsFolder, broken.sha256))).toBe(false)
    expect(existsSync(job.folder.work)).toBe(false)
  })

  it.each([
    ['a cancel', {}, { phase: 'stopped', kind: 'stopped' }],
    [
      'the queue timeout',
      { queueMs: 3_000 },
      { phase: 'failed', kind: 'timeout', reason: 'getting the job ready took longer than 3 s' },
    ],
  ])(
    '%s ends npm and all that it started',
    async (_, limits, expected) => {
      const home = await TestHome.create()
      const packages = await packagesOf(home)
      const job = await withNpm(
        `echo pid $$ >&2; (trap '' TERM; echo child $(exec sh -c 'echo $PPID') >&2; sleep 1000) & wait`,
        () => home.start('', { packages, limits: { stopGraceMs: 60_000, ...limits } }),
      )
      const pids = [Number(await job.printed(/pid (\d+)/)), Number(await job.printed(/child (\d+)/))]
      expect(await job.observe()).toMatchObject({ phase: 'provisioning' })
      if (expected.kind === 'stopped') await job.cancel()
      expect(await job.ended()).toMatchObject(expected)
      expect(pids.filter(isAlive)).toEqual([])
      expect(await readdir(packages.environmentsFolder)).toEqual([])
    },
    60_000,
  )
})
