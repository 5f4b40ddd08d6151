import { Readable } from 'node:stream'

import type { HttpBody } from './http-client.ts'

/** A body that is in memory: a manifest, a form. */
export function memoryBody(bytes: Uint8Array): HttpBody {
  return { size: bytes.byteLength, open: () => Readable.from([bytes], { objectMode: false }) }
}
