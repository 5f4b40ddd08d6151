/** A program: pushes a blob of many bytes, reads it back, and prints the peak of its memory in MB. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'

import { RegistryClient } from '../../../src/distribution/registry-client.ts'
import { peakMemory } from '../../support/peak-memory.ts'

const [registry = '', size = '0'] = process.argv.slice(2)
const piece = Buffer.alloc(1_000_000, 'sidestep')
const pieces = Number(size) / piece.length
const hash = createHash('sha256')
for (let n = 0; n < pieces; n++) hash.update(piece)
const digest = `sha256:${hash.digest('hex')}` as const

const { signal } = new AbortController()
const client = new RegistryClient({ registry, retryDelayMs: 10 })
const repository = client.repository('team/a')
const open = () =>
  Readable.from(
    (function* () {
      for (let n = 0; n < pieces; n++) yield piece
    })(),
    { objectMode: false },
  )
try {
  await repository.putBlob({ digest, size: Number(size), open }, { signal })
  let read = 0
  for await (const chunk of await repository.blob(digest, { signal })) read += (chunk as Buffer).length
  console.log(JSON.stringify({ read, peakMb: peakMemory() }))
} catch (error) {
  const { message, hint, code } = error as Error & { hint?: string; code?: string }
  console.log(JSON.stringify({ message, hint, code }))
}
// Without `close`: connections that are kept must not keep the process.
