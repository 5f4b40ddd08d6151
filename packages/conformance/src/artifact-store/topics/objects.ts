import assert from 'node:assert/strict'

import { ArtifactStore } from '@sidestep/core'

import { assertHolds, bytesOf, keysBelow } from '../bytes.ts'
import type { StoreCheck } from '../subject.ts'

/** An object's way from its beginning to its end. */
export const objectChecks: readonly StoreCheck[] = [
  {
    name: 'an object is written, read, measured, listed, replaced and deleted',
    run: async ({ open }) => {
      const store = await open()
      assert.ok(
        ArtifactStore.isArtifactStore(store),
        'create() gave no artifact store: extend ArtifactStore of @sidestep/core',
      )
      const { FLAVOR } = store.constructor as { readonly FLAVOR?: unknown }
      assert.ok(
        typeof FLAVOR === 'string' && FLAVOR !== '',
        "the class has no static FLAVOR: write `static override readonly FLAVOR = 'my_store'`",
      )
      const key = 'runs/a/spec.json'
      for (const text of ['the first, which is longer', 'the second']) {
        const size = await store.put(key, bytesOf(text))
        assert.equal(size, text.length, `put() of ${text.length} bytes gave ${size}: putObject() resolves to the size`)
        await assertHolds(store, key, bytesOf(text), 'putObject() replaces an object as a whole.')
        const stats = await store.stat(key)
        assert.deepEqual(
          { ...stats },
          { key, size: text.length },
          `stat() gave ${JSON.stringify(stats)}: statObject() gives the key as it was asked for, and the size`,
        )
      }
      const all = await keysBelow(store, '')
      assert.deepEqual(
        all,
        [key],
        `list('') gave ${JSON.stringify(all)}, where one object was put: keys are relative to uri`,
      )
      await store.delete(key)
      assert.equal(
        await store.get(key),
        undefined,
        'an object is still read after delete(): deleteObject() resolves once it is gone',
      )
      assert.deepEqual(await keysBelow(store, ''), [], 'an object is still listed after delete()')
      await store.delete(key)
    },
  },
]
