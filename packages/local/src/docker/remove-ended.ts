import { resultKey, type ArtifactStore } from '@sidestep/core'

import { marksOf, STORE_LABEL, storeMark } from './container-labels.ts'
import type { ListedContainer } from './container.ts'
import type { EngineClient } from './engine-client.ts'
import { EngineError } from './engine-client.ts'

/** So many in one go: what an earlier launcher left behind must not keep a later one waiting. */
const MOST_REMOVED = 20

/**
 * Removes containers that ended, or could not be started, and whose attempts are decided: what a container knew is then in
 * the store. Those of other stores are not touched, nor those of which the store does not say for certain that they are
 * decided.
 *
 * @param config `SIDESTEP_STORE`, as the store's jobs get it
 */
export async function removeEnded(
  client: EngineClient,
  store: ArtifactStore,
  { config, signal }: { readonly config: string; readonly signal: AbortSignal },
): Promise<void> {
  const filters = JSON.stringify({
    label: [`${STORE_LABEL}=${storeMark(config)}`],
    status: ['created', 'exited', 'dead'],
  })
  const query = { all: 'true', filters }
  const { body } = await client.call<readonly ListedContainer[]>('GET', '/containers/json', { query, signal })
  for (const { Id, Labels } of body.slice(0, MOST_REMOVED)) {
    const marks = marksOf(Labels)
    if (marks === undefined) continue
    const result = await store.stat(resultKey(marks.labels), { signal })
    if (result !== undefined) await remove(client, Id, signal)
  }
}

async function remove(client: EngineClient, id: string, signal: AbortSignal): Promise<void> {
  try {
    await client.call('DELETE', `/containers/${id}`, { query: { v: 'true' }, signal })
  } catch (error) {
    // Gone, or another launcher is about to remove it.
    if (!(error instanceof EngineError && (error.status === 404 || error.status === 409))) throw error
  }
}
