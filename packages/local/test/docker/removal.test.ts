import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { docker, noEngine } from '@sidestep/containers'
import { resultKey, type ArtifactStore, type JobLabels } from '@sidestep/core'
import { describe, expect, it, onTestFinished } from 'vitest'

import { labelsOf, storeMark } from '../../src/docker/container-labels.ts'
import { EngineClient } from '../../src/docker/engine-client.ts'
import { removeEnded } from '../../src/docker/remove-ended.ts'
import { openArtifactStore } from '../../src/runtime.ts'
import { testContainer, testService } from './engine.ts'
import { json, scriptedEngine } from './scripted-engine.ts'

async function storeWith(...decided: readonly JobLabels[]): Promise<ArtifactStore> {
  const path = await mkdtemp(join(tmpdir(), 'sidestep-removal-'))
  onTestFinished(async () => rm(path, { recursive: true, maxRetries: 5 }))
  const store = openArtifactStore({ flavor: 'local', path })
  for (const labels of decided) await store.put(resultKey(labels), Buffer.from('{}'))
  return store
}

describe.skipIf(noEngine !== undefined)(
  `containers that are over${noEngine === undefined ? '' : `: ${noEngine}`}`,
  () => {
    it('are removed once their outcome is in the store, and only those of that store', async () => {
      const config = `{"path":"/${randomBytes(8).toString('hex')}"}`
      const ended = async (changes: { readonly store?: string } = {}) => {
        const job = await testContainer('', { store: storeMark(config), ...changes })
        await job.submit()
        await job.ended()
        return job
      }
      const jobs = await Promise.all([ended(), ended(), ended({ store: storeMark('another') })])
      const [decided, undecided, foreign] = jobs
      const names = async (): Promise<readonly string[]> => {
        const all = await docker(['ps', '-a', '--format', '{{.Names}}', '--filter', 'label=dev.sidestep.token'])
        return jobs.map(({ request }) => request.name).filter((name) => all.split('\n').includes(name))
      }
      const { client } = testService()
      const signal = AbortSignal.timeout(30_000)
      await removeEnded(client, await storeWith(), { config, signal })
      expect(await names()).toHaveLength(3)
      await removeEnded(client, await storeWith(decided.labels, foreign.labels), { config, signal })
      expect(await names()).toEqual([undecided.request.name, foreign.request.name])
    })
  },
)

describe('containers of runs that wait to be resumed', () => {
  it('do not hide those that are decided; a launch removes some of many', async () => {
    const labels = Array.from({ length: 60 }, (_, n): JobLabels => ({
      runId: `r-${n}`,
      stepRunId: 's-1',
      attempt: 1,
      token: `t-${n}`,
      journalId: 'j',
    }))
    const removed: string[] = []
    const engine = await scriptedEngine((path, response, { method }) => {
      if (path === '/containers/json') {
        const body = labels.map((it) => ({
          Id: it.token,
          State: 'exited',
          Labels: labelsOf({ labels: it, fingerprint: 'f', nonce: 'n', store: 's' }),
        }))
        return json(response, body)
      }
      if (method !== 'DELETE') return
      removed.push(path.split('/').at(-1) ?? '')
      response.writeHead(204).end()
    })
    const client = new EngineClient(engine)
    const remove = async (store: ArtifactStore): Promise<readonly string[]> => {
      removed.length = 0
      await removeEnded(client, store, { config: 'c', signal: AbortSignal.timeout(20_000) })
      return removed
    }
    const last = labels.at(-1)!
    expect(await remove(await storeWith(last))).toEqual([last.token])
    const some = await remove(await storeWith(...labels))
    expect(some.length).toBeGreaterThanOrEqual(20)
    expect(some.length).toBeLessThan(30)
  })
})
