import type { Container } from './container.ts'
import { EngineError, type EngineAnswer, type EngineClient } from './engine-client.ts'

/** `undefined` where the engine definitely does not know the container. */
export async function inspectContainer(
  client: EngineClient,
  nameOrId: string,
  signal: AbortSignal,
): Promise<EngineAnswer<Container> | undefined> {
  try {
    return await client.call<Container>('GET', `/containers/${nameOrId}/json`, { signal })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** Whether the engine said that there is no such thing. */
export function isNotFound(error: unknown): boolean {
  return error instanceof EngineError && error.status === 404
}
