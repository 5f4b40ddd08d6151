/** Everything that an iterable gives, in its order. */
export async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const given: T[] = []
  for await (const item of items) given.push(item)
  return given
}
