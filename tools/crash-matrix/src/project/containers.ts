import { basename, dirname, join } from 'node:path'

import { Stack } from '@sidestep/core'
import { oci, registry } from '@sidestep/images'
import { docker, localArtifactStore } from '@sidestep/local'

import { faultyStore } from './faulty-store.ts'

/** Where the containers of the matrix come from. */
export interface ContainerPlaces {
  /** The engine that the matrix itself asks, `unix://…`: Docker's client may use another one. */
  readonly engine: string
  /** The registry, in which every trial has a repository of its own. */
  readonly address: string
  /** The base image. */
  readonly base: string
}

/** Stacks of the operator `docker`. */
export function containerStacks(home: string, { engine, address, base }: ContainerPlaces): readonly Stack[] {
  const folder = dirname(home)
  const path = join(home, 'store')
  const parts = {
    imageBuilder: oci({ parentImage: base }),
    containerRegistry: registry({ uri: `${address}/${basename(folder)}` }),
    // Evidence and gates lie beside the home.
    stepOperators: { here: docker({ host: engine, mounts: [{ source: folder }], stopGrace: '2s' }) },
  }
  return [
    new Stack({ name: 'containers', artifactStore: localArtifactStore({ path }), ...parts }),
    new Stack({
      name: 'faulty-containers',
      artifactStore: faultyStore({ path, control: join(home, 'store-control') }),
      ...parts,
    }),
  ]
}
