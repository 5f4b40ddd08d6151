import { join } from 'node:path'
import { stepOperatorConformance } from '@sidestep/conformance'
import { Stack } from '@sidestep/core'
import { localArtifactStore } from '@sidestep/local'
import { test } from 'vitest'
import { PrefixStepOperator } from '../src/prefix-step-operator.ts'

stepOperatorConformance({
  test,
  create: ({ folder }) =>
    new Stack({
      name: 'proof',
      artifactStore: localArtifactStore({ path: join(folder, 'store') }),
      stepOperators: { polite: new PrefixStepOperator({ prefix: ['nice'], folder: join(folder, 'jobs') }) },
    }),
})
