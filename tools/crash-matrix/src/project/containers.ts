import { basename, dirname, join } from 'node:path'

import { Stack } from '@sidestep/core'
import { oci, registry } from '@sidestep/images'
import { docker, localArtifactStore } from '@sidestep/local'

import { faultyStore } from './faulty-store.ts'

/** Stacks of the operator `docker`. `address` is the registry's, in which every trial has a repository of its own. */
export function containerStacks(
  home: string,
  { address, base }: { readonly address: string; readonly base: string },
): readonly Stack[] {
  const folder = dirname(home)
  const path = join(home, 'store')
  const parts = {
    imageBuilder: oci({ parentImage: base }),
    containerRegistry: registry({ uri: `${address}/${basename(folder)}` }),
    // Evidence and gates lie beside the home.
    stepOperators: { here: docker({ mounts: [{ source: folder }], stopGrace: '2s' }) },
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
