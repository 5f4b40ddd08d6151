import assert from 'node:assert/strict'

import { assertHolds, bytesOf, keysBelow } from '../bytes.ts'
import type { StoreCheck } from '../subject.ts'

const NOW = 'What one process has written, another sees at once: nothing is kept in the instance.'

/** Launchers and jobs are several processes. */
export const instanceChecks: readonly StoreCheck[] = [
  {
    name: 'what one instance does, another sees at once',
    run: async ({ open }) => {
      const [one, other] = [await open(), await open()]
      const key = 'runs/a/result.json'
      // Asked before: that there was nothing must not be remembered.
      assert.equal(await other.get(key), undefined)
      assert.equal(await other.stat(key), undefined)
      assert.deepEqual(await keysBelow(other, 'runs/'), [])
      for (let n = 1; n <= 20; n += 1) {
        const body = bytesOf('x'.repeat(n))
        if (n % 2 === 0) await one.put(key, body)
        else assert.equal(await one.putIfAbsent(key, body), true, `putIfAbsent() gave false after delete(). ${NOW}`)
        await assertHolds(other, key, body, NOW)
        const size = (await other.stat(key))?.size
        assert.equal(size, n, `stat() says ${size} bytes where ${n} were put by another instance. ${NOW}`)
        assert.deepEqual(await keysBelow(other, 'runs/'), [key], `list() lacks an object of another instance. ${NOW}`)
        if (n % 2 !== 0) continue
        await one.delete(key)
        assert.equal(await other.get(key), undefined, `an object is read that another instance deleted. ${NOW}`)
        assert.equal(await other.stat(key), undefined, `stat() gives an object that another instance deleted. ${NOW}`)
        assert.deepEqual(await keysBelow(other, 'runs/'), [], `list() has an object that is deleted. ${NOW}`)
      }
    },
  },
]
