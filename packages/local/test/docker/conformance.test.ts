import { join } from 'node:path'

import { stepOperatorConformance } from '@sidestep/conformance'
import { noEngine } from '@sidestep/containers'
import { Stack } from '@sidestep/core'
import { describe, test } from 'vitest'

import { docker, localArtifactStore } from '../../src/index.ts'
import { CommitBuilder } from './fixtures/commit-builder.ts'

describe.skipIf(noEngine !== undefined)(`docker${noEngine === undefined ? '' : `: ${noEngine}`}`, () => {
  stepOperatorConformance({
    test,
    create: ({ folder }) =>
      new Stack({
        name: 'containers',
        artifactStore: localArtifactStore({ path: join(folder, 'store') }),
        imageBuilder: new CommitBuilder({}),
        stepOperators: { here: docker({ network: 'none' }) },
      }),
  })
})
