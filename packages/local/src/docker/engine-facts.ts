import { isOnThisMachine } from './docker-host.ts'
import type { EngineInfo } from './container.ts'

/** What a container's request depends on beside the step. */
export interface EngineFacts {
  readonly cpuCount: number
  readonly memoryBytes: number
  /** As images call it: `linux/amd64`. */
  readonly platform: string
  /** Whether the engine has a first process that passes signals on and collects what was orphaned. */
  readonly hasInit: boolean
  /** Whether users of containers are other users of the machine, unless one asks for the machine's. */
  readonly remapsUsers: boolean
  /** It speaks the same API, and leaves some of a request undone. */
  readonly isPodman: boolean
  /** `uid:gid` in a container whose files belong to the launcher's user outside. Absent: not on this machine. */
  readonly user?: string
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64', armv7l: 'arm/v7' }

/** Pure. `self` is the launcher's user, where the system has such numbers. */
export function factsOf(
  info: EngineInfo,
  { host, self }: { readonly host: string; readonly self?: { readonly uid: number; readonly gid: number } },
): EngineFacts {
  const security = info.SecurityOptions ?? []
  // Without privileges, the engine's user is root in its containers.
  const rootless = security.some((option) => option.includes('name=rootless'))
  const own = self === undefined ? {} : { user: rootless ? '0:0' : `${self.uid}:${self.gid}` }
  return {
    cpuCount: info.NCPU,
    memoryBytes: info.MemTotal,
    platform: `${info.OSType}/${ARCHITECTURES[info.Architecture] ?? info.Architecture}`,
    hasInit: (info.InitBinary ?? '') !== '',
    remapsUsers: security.some((option) => option.includes('name=userns')),
    isPodman: info.BuildahVersion !== undefined,
    ...(isOnThisMachine(host) ? own : {}),
  }
}
