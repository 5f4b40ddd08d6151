import { execFileSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import { docker, NODE_BASE, noDockerRegistry, noEngine, startDockerRegistry } from '@sidestep/containers'
import { Stack } from '@sidestep/core'
import { oci } from '@sidestep/images'
import { expect, it, onTestFinished } from 'vitest'

import { docker as dockerOperator, localArtifactStore } from '../../src/index.ts'
import { temporaryHome } from '../support/runs.ts'
import { OwnRegistry } from './own-registry.ts'

const WHY_NOT = noEngine ?? noDockerRegistry

it.skipIf(WHY_NOT !== undefined)(
  `the engine pulls with the login of the stack's registry${WHY_NOT === undefined ? '' : `: ${WHY_NOT}`}`,
  async () => {
    await using registry = await startDockerRegistry({ auth: true })
    const home = await temporaryHome()
    onTestFinished(async () => home.remove())
    const client = join(home.path, 'client')
    await mkdir(client)
    process.env['DOCKER_CONFIG'] = client
    onTestFinished(() => void delete process.env['DOCKER_CONFIG'])
    const stack = new Stack({
      name: 'private',
      artifactStore: localArtifactStore({ path: join(home.path, 'store') }),
      imageBuilder: oci({ parentImage: NODE_BASE }),
      containerRegistry: new OwnRegistry({ uri: registry.host }),
      stepOperators: { here: dockerOperator({ network: 'none' }) },
    })
    const { squares } = await import('./fixtures/pipelines.ts')
    expect(await squares.run(7, { stack })).toMatchObject({ square: 49 })
    const images = await docker(['images', '-q', '--no-trunc', `${registry.host}/sidestep`])
    expect(images).toContain('sha256:')
    execFileSync('docker', ['rmi', '-f', ...new Set(images.split('\n'))], { stdio: 'ignore' })
  },
  120_000,
)
