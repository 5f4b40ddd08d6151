import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { docker, noEngine } from '@sidestep/containers'
import { describe, expect, it, onTestFinished } from 'vitest'

import { defaultEngine } from '../../src/docker/docker-host.ts'
import { all } from '../support/all.ts'
import { testContainer, testService } from './engine.ts'

const WHY_NOT =
  noEngine ?? (defaultEngine().host.startsWith('unix://') ? undefined : 'the engine is not one of this machine')

/** A socket that leads to the engine, which does what it is asked; the first answer to such a request does not come back. */
async function losing(request: RegExp): Promise<{ readonly host: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'sidestep-losing-'))
  const engine = defaultEngine().host.slice('unix://'.length)
  let hasLost = false
  const server = createServer((near) => {
    const far = connect(engine)
    let loses = false
    near.on('data', (chunk) => {
      if (!hasLost && request.test(chunk.toString('latin1'))) loses = hasLost = true
      far.write(chunk)
    })
    far.on('data', (chunk) => {
      if (loses) near.destroy()
      else near.write(chunk)
    })
    near.on('close', () => far.destroy())
    far.on('close', () => near.end())
    for (const socket of [near, far]) socket.on('error', () => {})
  })
  server.listen(join(folder, 's'))
  await once(server, 'listening')
  onTestFinished(async () => {
    server.close()
    await rm(folder, { recursive: true, maxRetries: 5 })
  })
  return { host: `unix://${folder}/s` }
}

describe.skipIf(WHY_NOT !== undefined)(`a lost answer${WHY_NOT === undefined ? '' : `: ${WHY_NOT}`}`, () => {
  it.each([
    ['create', /^POST \S+\/containers\/create/, 0],
    ['start', /^POST \S+\/start /, 1],
  ] as const)('to a %s makes no second job', async (_what, request, jobs) => {
    const job = await testContainer(`console.log('ran', process.env.SIDESTEP_NONCE)`)
    const service = testService({ engine: await losing(request) })
    const first = job.submit({ service, fingerprint: 'f', nonce: 'first' })
    await expect(first).rejects.toMatchObject({ code: 'LAUNCH_FAILED', kind: 'infra' })
    const { token } = job.labels
    expect(await all(service.find({ token }, { signal: AbortSignal.timeout(10_000) }))).toHaveLength(jobs)
    await job.submit({ service, fingerprint: 'f', nonce: 'second' })
    expect(await job.ended()).toMatchObject({ phase: 'succeeded' })
    expect(await job.lines()).toEqual(['ran first'])
    const ids = await docker(['ps', '-aq', '--filter', `label=dev.sidestep.token=${token}`])
    expect(ids.split('\n')).toHaveLength(1)
  })
})
