import { join } from 'node:path'

import { stepOperatorConformance } from '@sidestep/conformance'
import { Stack } from '@sidestep/core'
import { test } from 'vitest'

import { local, localArtifactStore } from '../src/index.ts'

stepOperatorConformance({
  test,
  create: ({ folder }) =>
    new Stack({
      name: 'here',
      artifactStore: localArtifactStore({ path: join(folder, 'store') }),
      stepOperators: { here: local({}) },
    }),
})
