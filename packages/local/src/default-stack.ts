import { join } from 'node:path'

import { Stack } from '@sidestep/core'

import { localArtifactStore } from './local-artifact-store.ts'
import { local } from './local.ts'

/**
 * The stack of a project that configures none: every operator name means this machine, resources are not enforced, and
 * artifacts lie in the project's own folder.
 */
export function defaultStack({ home }: { readonly home: string }): Stack {
  return new Stack({
    name: 'default',
    stepOperators: { '*': local({ home, resources: 'ignore' }) },
    artifactStore: localArtifactStore({ path: join(home, 'store') }),
  })
}
