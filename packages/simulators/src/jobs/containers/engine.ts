import { platform, release } from 'node:os'

import { messageOf } from '../message-of.ts'
import { EngineClient } from './engine-client.ts'

/** An engine that jobs can run on. */
export interface Engine {
  readonly client: EngineClient
  /** `20.10.24`. */
  readonly version: string
  /** Cores of the machine. */
  readonly cpus: number
}

/** Why there is no such engine. */
export interface NoEngine {
  /** As in: `no engine: …`. */
  readonly why: string
}

const DEFAULT_HOST = 'unix:///var/run/docker.sock'
const ANSWER_MS = 20_000

/**
 * Docker's engine of this machine, if it answers. Not one whose containers have another loopback: jobs have to reach a simulator, and
 * that listens on 127.0.0.1 alone.
 *
 * @param host Default: `DOCKER_HOST`, else the socket of the system.
 */
export async function findEngine(
  host: string = process.env['DOCKER_HOST'] || DEFAULT_HOST,
): Promise<Engine | NoEngine> {
  try {
    const client = new EngineClient(host)
    await client.greet({ signal: AbortSignal.timeout(ANSWER_MS) })
    const [version, info] = await Promise.all([
      client.call<EngineVersion>('GET', '/version', { silenceMs: ANSWER_MS }),
      client.call<EngineInfo>('GET', '/info', { silenceMs: ANSWER_MS }),
    ])
    const why = whyUnfit(version, info)
    return why === undefined
      ? { client, version: version.Version, cpus: info.NCPU }
      : { why: `the engine ${host} ${why}` }
  } catch (error) {
    return { why: messageOf(error) }
  }
}

/** What of `/version` is looked at. */
export interface EngineVersion {
  readonly Version: string
  readonly Components?: readonly { readonly Name: string }[] | null
}

/** What of `/info` is looked at. */
export interface EngineInfo {
  readonly NCPU: number
  readonly OSType: string
  readonly KernelVersion: string
  readonly SecurityOptions?: readonly string[] | null
}

/** Why an engine cannot run jobs that reach this machine's loopback. `undefined`: it can. Pure but for the machine that it is on. */
export function whyUnfit({ Components }: EngineVersion, info: EngineInfo): string | undefined {
  if (Components?.some(({ Name }) => /podman/i.test(Name)) === true) {
    return 'is Podman, which does not pull from a registry without TLS'
  }
  // Docker Desktop and remote engines.
  if (platform() !== 'linux' || info.OSType !== 'linux' || info.KernelVersion !== release()) {
    return 'has a machine of its own, from which 127.0.0.1 of this one is not reached'
  }
  if (info.SecurityOptions?.some((option) => option.includes('name=rootless')) === true) {
    return 'runs without root, and has a loopback of its own'
  }
  return undefined
}
