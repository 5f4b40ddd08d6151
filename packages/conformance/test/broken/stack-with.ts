import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Stack, type BaseStepOperator } from '@sidestep/core'

import type { Place } from '../../src/index.ts'
import { SoundStore } from './sound-store.ts'

/** Makes stacks in a place: the operator, which keeps its jobs below the place, and a store without a mistake. */
export function stackWith(
  Operator: new (config: { readonly folder: string }) => BaseStepOperator<any, any>,
): (place: Place) => Promise<Stack> {
  return async ({ folder }) => {
    const store = join(folder, 'store')
    await mkdir(store, { recursive: true })
    const artifactStore = new SoundStore({ folder: store })
    artifactStore.runtime = fileURLToPath(new URL('sound-runtime.ts', import.meta.url))
    const operator = new Operator({ folder: join(folder, 'jobs') })
    return new Stack({ name: 'here', artifactStore, stepOperators: { here: operator } })
  }
}
