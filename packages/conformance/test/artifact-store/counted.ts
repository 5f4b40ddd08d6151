/** How many bytes went by. */
export interface Counter {
  bytes: number
}

/** The same stream, counted. */
export async function* counted(source: AsyncIterable<Uint8Array>, counter: Counter): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    counter.bytes += chunk.length
    yield chunk
  }
}
