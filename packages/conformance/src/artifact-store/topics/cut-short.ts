import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'

import { settled, within } from '../../waiting.ts'
import { MIB, sha256 } from '../bytes.ts'
import type { StoreCheck } from '../subject.ts'
import { assertStoreFailed } from './not-found.ts'

const SIZE = 6 * MIB
/** Clients may try again, from the beginning or from where they were. */
const PATIENCE_MS = 90_000

/** What arrives is the whole object, or it is an error. */
export const cutShortChecks: readonly StoreCheck[] = [
  {
    name: 'a body that the connection cuts short is never a short object',
    timeoutMs: 120_000,
    run: async ({ open, openCutShort, timeoutFactor }) => {
      if (openCutShort === undefined) return
      const body = randomBytes(SIZE)
      await (await open()).put('large', body)
      const store = await openCutShort()
      const reads: Readonly<Record<string, () => Promise<Uint8Array | undefined>>> = {
        'get()': async () => store.get('large'),
        'read()': async () => {
          const pieces: Uint8Array[] = []
          const stream = await store.read('large')
          if (stream === undefined) return undefined
          for await (const piece of stream) pieces.push(piece)
          return Buffer.concat(pieces)
        },
      }
      for (const [name, read] of Object.entries(reads)) {
        const where = `${name} of ${SIZE} bytes over a connection that breaks off`
        const end = await within(settled(read()), PATIENCE_MS * timeoutFactor, `${where} never ends`)
        if (end.failed) {
          assertStoreFailed(end.error, where)
          continue
        }
        assert.ok(
          end.value !== undefined && sha256(end.value) === sha256(body),
          `${where} gave ${end.value === undefined ? 'undefined' : `${end.value.length} bytes`} as if that were the object: compare what has arrived with the length that the provider told, or go on from there`,
        )
      }
    },
  },
]
