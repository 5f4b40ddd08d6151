import { resultKey, type ArtifactStore } from '@sidestep/core'

import { marksOf, STORE_LABEL, storeMark } from './container-labels.ts'
import type { ListedContainer } from './container.ts'
import type { EngineClient } from './engine-client.ts'
import { EngineError } from './engine-client.ts'

/** So many in one go: what an earlier launcher left behind must not keep a later one waiting. */
const MOST_REMOVED = 20
/** Results that are looked for at once: there may be many containers of runs that wait to be resumed. */
const LOOKS_AT_ONCE = 8

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
  const ours = body.flatMap(({ Id, Labels }) => {
    const marks = marksOf(Labels)
    return marks === undefined ? [] : [{ id: Id, key: resultKey(marks.labels) }]
  })
  let removed = 0
  for (let at = 0; at < ours.length && removed < MOST_REMOVED; at += LOOKS_AT_ONCE) {
    const some = ours.slice(at, at + LOOKS_AT_ONCE)
    const results = await Promise.all(some.map(async ({ key }) => store.stat(key, { signal })))
    for (const { id } of some.filter((_, index) => results[index] !== undefined)) {
      await remove(client, id, signal)
      removed += 1
    }
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
