import { chmod } from 'node:fs/promises'
import { join } from 'node:path'

import { docker, NODE_BASE, noEngine, REGISTRY } from '@sidestep/containers'
import { SidestepError, Stack } from '@sidestep/core'
import { oci, registry } from '@sidestep/images'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

import { docker as dockerOperator, localArtifactStore } from '../../src/index.ts'
import { temporaryHome, type RunsHome } from '../support/runs.ts'

const REPOSITORY = 'tests/own-settings'

describe.skipIf(noEngine !== undefined)(
  `what a step says of its container${noEngine === undefined ? '' : `: ${noEngine}`}`,
  () => {
    let home: RunsHome
    let fixtures: typeof import('./fixtures/pipelines.ts')
    let stack: Stack

    beforeAll(async () => {
      home = await temporaryHome()
      fixtures = await import('./fixtures/pipelines.ts')
      stack = new Stack({
        name: 'containers',
        artifactStore: localArtifactStore({ path: join(home.path, 'store') }),
        imageBuilder: oci({ parentImage: NODE_BASE }),
        containerRegistry: registry({ uri: `${REGISTRY}/${REPOSITORY}` }),
        stepOperators: { here: dockerOperator({ network: 'none' }) },
      })
    })
    afterAll(async () => {
      const images = await docker(['images', '-q', '--no-trunc', `${REGISTRY}/${REPOSITORY}/sidestep`])
      if (images !== '') await docker(['rmi', '-f', ...new Set(images.split('\n'))])
      await home.remove()
    })

    it('a user that may not write into the store is told at once, with the path and what to do', async () => {
      await chmod(home.path, 0o755)
      const began = performance.now()
      const run = fixtures.strangers.start(1, { stack })
      // It would stay until the next launch on this store.
      onTestFinished(async () => {
        const left = await docker(['ps', '-aq', '--filter', `label=dev.sidestep.run=${run.id}`])
        if (left !== '') await docker(['rm', '-f', ...left.split('\n')])
      })
      const thrown: unknown = await run.result().catch((error: unknown) => error)
      if (!SidestepError.isInstance(thrown)) throw new Error('it ran', { cause: thrown })
      expect(performance.now() - began).toBeLessThan(60_000)
      const said = (thrown.job?.lastLogLines ?? []).join('\n')
      expect(said).toContain(`EACCES: permission denied`)
      expect(said).toContain(join(home.path, 'store'))
      expect(said).toContain('Let the user 4711, who runs this, read and write the folder of the store')
    }, 120_000)

    it('a path without Node.js is its own affair: the image is asked where it is', async () => {
      expect(await fixtures.lostOnes.run(1, { stack })).toEqual({ n: 1, path: '/nowhere' })
    }, 120_000)
  },
)
