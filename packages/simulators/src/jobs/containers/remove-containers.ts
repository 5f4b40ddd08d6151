import { isGone } from '../owner.ts'
import { OWNER_LABEL, PULLED_LABEL, RUNNER_LABEL } from './container-body.ts'
import { EngineError, type EngineClient } from './engine-client.ts'
import { removeImage } from './engine-images.ts'

interface Listed {
  readonly Id: string
  /** As it was given. */
  readonly Image: string
  readonly Labels: Readonly<Record<string, string>>
}

/** Ends and removes a container, with what it wrote. One that is gone, or that somebody else removes, is no error. */
export async function removeContainer(client: EngineClient, id: string): Promise<void> {
  try {
    await client.call('DELETE', `/containers/${id}`, { query: { force: 'true', v: 'true' } })
  } catch (error) {
    if (!(error instanceof EngineError && (error.status === 404 || error.status === 409))) throw error
  }
}

/** Removes all containers of a runner: also one whose creation was not answered. */
export async function removeContainersOf(client: EngineClient, runner: string): Promise<void> {
  for (const { Id } of await listed(client, `${RUNNER_LABEL}=${runner}`)) await removeContainer(client, Id)
}

/** Removes what simulators left that were killed: their containers, and the images that the engine got for those. */
export async function removeLeftovers(client: EngineClient): Promise<void> {
  const left = (await listed(client, OWNER_LABEL)).filter(({ Labels }) => isGone(Labels[OWNER_LABEL] ?? ''))
  for (const { Id } of left) await removeContainer(client, Id)
  const pulled = left.filter(({ Labels }) => Labels[PULLED_LABEL] === 'true')
  for (const image of new Set(pulled.map(({ Image }) => Image))) await removeImage(client, image)
}

async function listed(client: EngineClient, label: string): Promise<readonly Listed[]> {
  const query = { all: 'true', filters: JSON.stringify({ label: [label] }) }
  return client.call('GET', '/containers/json', { query })
}
