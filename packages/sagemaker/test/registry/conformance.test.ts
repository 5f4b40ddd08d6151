import { containerRegistryConformance } from '@sidestep/conformance'
import { test } from 'vitest'

import { EcrContainerRegistry } from '../../src/registry/ecr-container-registry.ts'
import { startedAws } from '../support/started-aws.ts'

const aws = startedAws()

containerRegistryConformance({
  test,
  create: () =>
    new EcrContainerRegistry({
      uri: `${aws.simulator.registry}/acme`,
      region: 'eu-west-1',
      endpoint: aws.endpoint,
    }),
})
