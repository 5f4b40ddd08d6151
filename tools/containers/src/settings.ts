import { mkdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What `start` and `stop` work with. */
export interface Settings {
  /** Logs, process ids and data of what was started. `stop` removes it. */
  readonly state: string
  /** The registry: `127.0.0.1:5000`. */
  readonly registry: string
  /** Whether somebody chose that address. */
  readonly chosen: boolean
  /** The engine that is started where none answers. Default: `unix:///var/run/docker.sock`. */
  readonly host: string
}

/** From `SIDESTEP_CONTAINERS_STATE`, `SIDESTEP_TEST_REGISTRY` and `DOCKER_HOST`. */
export function readSettings(environment: NodeJS.ProcessEnv = process.env): Settings {
  const registry = environment['SIDESTEP_TEST_REGISTRY']
  return {
    state: environment['SIDESTEP_CONTAINERS_STATE'] ?? join(tmpdir(), `sidestep-containers-${process.getuid?.() ?? 0}`),
    registry: registry ?? '127.0.0.1:5000',
    chosen: registry !== undefined,
    host: environment['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock',
  }
}

/** Makes the folder. Throws if it is another user's: its files name the processes that are ended. */
export async function prepareState({ state }: Settings): Promise<void> {
  await mkdir(state, { recursive: true, mode: 0o700 })
  const { uid } = await stat(state)
  if (uid !== process.getuid?.()) throw new Error(`${state} belongs to the user ${uid}. Set SIDESTEP_CONTAINERS_STATE.`)
}
