import { join } from 'node:path'

import { stepOperatorConformance } from '@sidestep/conformance'
import { noEngine } from '@sidestep/containers'
import { Stack } from '@sidestep/core'
import { describe, test } from 'vitest'

import { CONTAINER_STATES, phaseOfState } from '../../src/docker/container-state.ts'
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
    // Its only setting names GPUs, and is refused where the machine has none: `operator.test.ts` shows that it is honored.
    otherSettings: 'none',
    states: {
      values: Object.keys(CONTAINER_STATES),
      phaseOf: phaseOfState,
      // Docker's own, and those of Podman that it does not translate: an exit code says how each of them ended.
      ends: ['exited', 'stopped', 'dead'],
      successes: [],
    },
    expireCredentials: 'none',
    provoke: 'none',
  })
})
