/** The lines of a text that comes in pieces, without their ends. Empty ones are left out. */
export async function* textLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let open = ''
  for await (const piece of pieces) {
    const lines = (open + decoder.decode(piece, { stream: true })).split('\n')
    open = lines.pop() ?? ''
    yield* lines.filter((line) => line.trim() !== '')
  }
  if (open.trim() !== '') yield open
}
