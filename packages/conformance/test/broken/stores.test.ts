import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { artifactStoreConformance, type ArtifactStoreConformanceOptions } from '../../src/index.ts'
import { BROKEN_STORES, SECRET, type BrokenStore } from './broken-stores.ts'
import { caught, collected } from './collected.ts'
import { SoundStore, type SoundStoreConfig } from './sound-store.ts'

function optionsOf(Store: BrokenStore['Store']): Omit<ArtifactStoreConformanceOptions, 'test'> {
  return {
    create: ({ folder }) => new Store({ folder }),
    unreachable: {
      'a file is in its way': async ({ folder }) => {
        await writeFile(join(folder, 'file'), '')
        return new Store({ folder: join(folder, 'file') })
      },
    },
    cutShort: ({ folder }) => new Store({ folder }),
    openArtifactStore: (jobConfig) => new SoundStore(jobConfig as SoundStoreConfig),
    secrets: [SECRET],
    pageSize: 100,
  }
}

describe('a store without a mistake passes', () => {
  artifactStoreConformance({ test, ...optionsOf(SoundStore) })
})

describe('a store is caught by the check that is meant for it', () => {
  test.for(BROKEN_STORES)('$mistake', async ({ Store, check, message }) => {
    const suite = collected((each) => artifactStoreConformance({ test: each, ...optionsOf(Store) }))
    expect(await caught(suite, check)).toMatch(message)
  })
})

test('a suite without an unreachable store is refused', () => {
  const none = { test, ...optionsOf(SoundStore), unreachable: {} }
  expect(() => artifactStoreConformance(none)).toThrow('needs an unreachable store')
})
