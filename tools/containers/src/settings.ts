import { constants, type Stats } from 'node:fs'
import { lstat, mkdir } from 'node:fs/promises'
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

/** Makes the folder. Throws if others may write there: its files name the processes that are ended. */
export async function prepareState({ state }: Settings): Promise<void> {
  await mkdir(state, { recursive: true, mode: 0o700 })
  const problem = problemOf(await lstat(state))
  if (problem !== undefined) throw new Error(`${state} ${problem}. Remove it, or set SIDESTEP_CONTAINERS_STATE.`)
}

function problemOf({ uid, mode }: Stats): string | undefined {
  if (uid !== process.getuid?.()) return `belongs to the user ${uid}`
  if ((mode & constants.S_IFMT) !== constants.S_IFDIR) return 'is no folder'
  return (mode & 0o077) === 0 ? undefined : `is open to others (mode ${(mode & 0o777).toString(8)}, not 700)`
}
