import type { Exchange } from '../ground/exchange.ts'
import type { Bucket, StagedBytes } from '../objects/object-store.ts'

/** Takes in the body of a request, for what uses it. What is not used because of an error is thrown away. */
export async function stageBody(
  exchange: Exchange,
  bucket: Bucket,
  use: (content: StagedBytes) => Promise<void>,
): Promise<void> {
  const content = await bucket.stage(exchange.body())
  try {
    await use(content)
  } catch (error) {
    await content.discard()
    throw error
  }
}
