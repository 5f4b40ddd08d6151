import { mkdir } from 'node:fs/promises'

import type { ArtifactStore } from '@sidestep/core'

import { checkOptions } from '../check-options.ts'
import { giveChecks } from '../give-checks.ts'
import type { Place } from '../place.ts'
import type { TestFunction } from '../test-function.ts'
import { checkedFactor } from '../timeout-factor.ts'
import type { ArtifactStoreSubject, StoreCheck } from './subject.ts'
import { contentChecks } from './topics/content.ts'
import { cutShortChecks } from './topics/cut-short.ts'
import { instanceChecks } from './topics/instances.ts'
import { jobChecks } from './topics/jobs.ts'
import { keyChecks } from './topics/keys.ts'
import { listChecks } from './topics/lists.ts'
import { notFoundChecks } from './topics/not-found.ts'
import { objectChecks } from './topics/objects.ts'
import { putIfAbsentChecks } from './topics/put-if-absent.ts'
import { replacementChecks } from './topics/replacement.ts'
import { signalChecks } from './topics/signals.ts'
import { streamChecks } from './topics/streams.ts'

/** What the suite needs to know. */
export interface ArtifactStoreConformanceOptions {
  /** `test` of the runner. */
  readonly test: TestFunction
  /** An empty store, or the one of this place again, as another process has it: each call makes a new instance. */
  readonly create: (place: Place) => ArtifactStore | Promise<ArtifactStore>
  /**
   * Stores of the same kind that give no definite answer, by what is wrong with them: an address where nobody listens, a
   * bucket that does not exist, a folder that cannot be there. They must say so, and never that an object does not exist.
   * At least one; their calls should give up within 20 seconds.
   */
  readonly unreachable: Readonly<Record<string, (place: Place) => ArtifactStore | Promise<ArtifactStore>>>
  /** Of the flavor's `runtime` module: how a job opens the store that has this `jobConfig`. */
  readonly openArtifactStore: (jobConfig: object) => ArtifactStore | Promise<ArtifactStore>
  /**
   * The store of this place over a connection that breaks off in the middle of every longer body: through a proxy that ends
   * connections, or a fault of a simulator. Objects of 6 MiB are read from it. Default: it has no connection that breaks.
   */
  readonly cutShort?: (place: Place) => ArtifactStore | Promise<ArtifactStore>
  /** Credentials that these stores use, and that nothing may show. Default: none. */
  readonly secrets?: readonly string[]
  /**
   * How many objects a list asks its provider for at once: the suite makes 100 more, so that there is a second page. Less
   * makes it quicker, where the store can be told so. Default: 1000, which most providers give.
   */
  readonly pageSize?: number
  /** All limits of time are multiplied by it, for a store that is far away. At least 1; throws a `TypeError` for anything else. Default: 1. */
  readonly timeoutFactor?: number
}

const DEFAULT_PAGE_SIZE = 1_000

const OPTIONS = {
  test: { is: 'a function' },
  create: { is: 'a function' },
  unreachable: { is: 'an object' },
  openArtifactStore: { is: 'a function' },
  cutShort: { is: 'a function', optional: true },
  secrets: { is: 'a list', optional: true },
  pageSize: { is: 'a whole number of at least 1', optional: true },
  timeoutFactor: { is: 'a number', optional: true },
} as const

const checksOf = (pageSize: number): readonly StoreCheck[] => [
  ...objectChecks,
  ...contentChecks,
  ...streamChecks,
  ...cutShortChecks,
  ...keyChecks,
  ...listChecks(pageSize),
  ...notFoundChecks,
  ...putIfAbsentChecks,
  ...replacementChecks,
  ...instanceChecks,
  ...signalChecks,
  ...jobChecks,
]

/**
 * Gives the runner one test for everything that must hold of an artifact store. There is nothing to skip. Throws a
 * `TypeError` without an unreachable store.
 */
export function artifactStoreConformance(options: ArtifactStoreConformanceOptions): void {
  checkOptions('artifactStoreConformance', options, OPTIONS)
  const { test, create, unreachable, cutShort, openArtifactStore, secrets = [], pageSize = DEFAULT_PAGE_SIZE } = options
  if (Object.keys(unreachable).length === 0)
    throw new TypeError('artifactStoreConformance() needs an unreachable store')
  const timeoutFactor = checkedFactor(options.timeoutFactor)
  const subjectOf = (place: Place): ArtifactStoreSubject => ({
    place,
    secrets,
    timeoutFactor,
    open: async () => create(place),
    openNeighbour: async () => {
      const folder = `${place.folder}-2`
      await mkdir(folder, { recursive: true })
      return create({ folder, name: `${place.name}-2` })
    },
    unreachable: Object.fromEntries(
      Object.entries(unreachable).map(([what, open]) => [what, async (): Promise<ArtifactStore> => open(place)]),
    ),
    ...(cutShort === undefined ? {} : { openCutShort: async () => cutShort(place) }),
    openInJob: async (jobConfig) => openArtifactStore(jobConfig),
  })
  giveChecks({ test, name: 'artifact store', checks: checksOf(pageSize), timeoutFactor, subjectOf })
}
