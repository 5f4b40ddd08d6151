import { afterAll, beforeAll, describe, test } from 'vitest'

import { containerRegistryConformance } from '@sidestep/conformance'

import { OciContainerRegistry } from '../src/oci/oci-container-registry.ts'
import { REGISTRIES, type TestRegistry } from './distribution/support/registries.ts'

describe.for(REGISTRIES)('with $name', ({ missing, start }) => {
  let started: TestRegistry | undefined
  beforeAll(async () => {
    if (missing === undefined) started = await start()
  })
  afterAll(async () => started?.[Symbol.asyncDispose]())

  containerRegistryConformance({
    test: missing === undefined ? test : test.skip,
    create: () => new OciContainerRegistry({ uri: `${started!.host}/acme/` }),
  })
})
