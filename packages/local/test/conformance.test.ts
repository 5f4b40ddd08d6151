import { existsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

import { stepOperatorConformance } from '@sidestep/conformance'
import { Stack } from '@sidestep/core'
import { test } from 'vitest'

import { local, localArtifactStore } from '../src/index.ts'

/** Each check has a home of its own; what jobs compile is the same in all of them. */
function shareCompileCache(home: string): void {
  const shared = process.env['NODE_COMPILE_CACHE']
  const own = join(home, 'compile-cache')
  if (shared !== undefined && !existsSync(own)) symlinkSync(shared, own)
}

stepOperatorConformance({
  test,
  create: ({ folder }) => {
    shareCompileCache(folder)
    return new Stack({
      name: 'here',
      artifactStore: localArtifactStore({ path: join(folder, 'store') }),
      stepOperators: { here: local({}) },
    })
  },
  otherSettings: 'none',
  states: 'none',
  expireCredentials: 'none',
  provoke: 'none',
})
