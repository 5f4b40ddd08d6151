import { expect, test } from 'vitest'

import type { ComponentRef } from '../../src/stack/component.ts'
import { Stack } from '../../src/stack/stack.ts'
import { FolderStore } from '../support/folder-store.ts'
import { PlainOperator } from '../support/plain-operator.ts'

test('a component that could not be loaded is loaded again, one that could be is not', async () => {
  let loads = 0
  await using store = await FolderStore.temporary()
  const artifactStore: ComponentRef<'artifact_store'> = {
    type: 'artifact_store',
    flavor: 'memory',
    config: {},
    load: async () => {
      loads += 1
      if (loads === 1) throw new Error('no credentials')
      return store
    },
  }
  const stack = new Stack({
    name: 'mine',
    artifactStore,
    stepOperators: { here: new PlainOperator(async () => undefined) },
  })
  const failed = stack.artifactStore()
  expect(stack.artifactStore()).toStrictEqual(failed)
  await expect(failed).rejects.toThrow('no credentials')
  expect(await stack.artifactStore()).toBe(store)
  expect(await stack.artifactStore()).toBe(store)
  expect(loads).toBe(2)
})
