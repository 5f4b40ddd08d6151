import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { test } from 'vitest'

import { artifactStoreConformance } from '@sidestep/conformance'

import { openArtifactStore } from '../src/runtime.ts'
import { LocalArtifactStore } from '../src/store/local-artifact-store.ts'

artifactStoreConformance({
  test,
  create: ({ folder }) => new LocalArtifactStore({ path: folder }),
  unreachable: {
    'its folder lies below a file': async ({ folder }) => {
      await writeFile(join(folder, 'file'), 'no folder')
      return new LocalArtifactStore({ path: join(folder, 'file', 'store') })
    },
  },
  openArtifactStore,
})
