import type { ContainerRegistry, RegistryLogin } from '@sidestep/core'

import { checkOptions } from '../check-options.ts'
import { giveChecks } from '../give-checks.ts'
import type { Place } from '../place.ts'
import type { TestFunction } from '../test-function.ts'
import { checkedFactor } from '../timeout-factor.ts'
import { loginChecks } from './topics/logins.ts'
import { repositoryChecks } from './topics/repositories.ts'
import { uriChecks } from './topics/uri.ts'

/** What the suite needs to know. */
export interface ContainerRegistryConformanceOptions {
  /** `test` of the runner. */
  readonly test: TestFunction
  /**
   * A registry that images can be pushed to, as another process has it: each call makes a new instance. The suite pushes
   * to repositories whose names begin with the place's and leaves them there.
   */
  readonly create: (place: Place) => ContainerRegistry | Promise<ContainerRegistry>
  /** What Docker's configuration says, for registries whose `login()` leaves it to that. Default: nobody is logged in. */
  readonly dockerLogin?: RegistryLogin
  /** All limits of time are multiplied by it. At least 1; throws a `TypeError` for anything else. Default: 1. */
  readonly timeoutFactor?: number
}

const OPTIONS = {
  test: { is: 'a function' },
  create: { is: 'a function' },
  dockerLogin: { is: 'an object', optional: true },
  timeoutFactor: { is: 'a number', optional: true },
} as const

/** Gives the runner one test for everything that must hold of a container registry. There is nothing to skip. */
export function containerRegistryConformance(options: ContainerRegistryConformanceOptions): void {
  checkOptions('containerRegistryConformance', options, OPTIONS)
  const { test, create, dockerLogin } = options
  const timeoutFactor = checkedFactor(options.timeoutFactor)
  giveChecks({
    test,
    name: 'container registry',
    checks: [...uriChecks, ...loginChecks, ...repositoryChecks],
    timeoutFactor,
    subjectOf: (place) => ({ place, dockerLogin, timeoutFactor, open: async () => create(place) }),
  })
}
