/** What of a container's inspection is looked at. */
export interface Container {
  readonly Id: string
  /** ISO 8601, with up to nine digits behind the point. */
  readonly Created: string
  readonly State: ContainerState
  readonly Config: {
    readonly Labels?: Readonly<Record<string, string>> | null
    /** Between SIGTERM and SIGKILL, in seconds. */
    readonly StopTimeout?: number | null
  }
  readonly HostConfig?: {
    /** Bytes; 0 for no limit. */
    readonly Memory?: number | null
  }
}

/** Of `State` in an inspection. Times that are none begin with `0001`. */
export interface ContainerState {
  readonly Status: string
  readonly ExitCode: number
  readonly OOMKilled: boolean
  readonly Error: string
  readonly StartedAt: string
  readonly FinishedAt: string
}

/** A container as lists have it. */
export interface ListedContainer {
  readonly Id: string
  readonly State: string
  readonly Labels?: Readonly<Record<string, string>> | null
}

/** What of `/info` is looked at. */
export interface EngineInfo {
  readonly NCPU: number
  readonly MemTotal: number
  readonly OSType: string
  readonly Architecture: string
  readonly SecurityOptions?: readonly string[] | null
  readonly InitBinary?: string
  readonly ServerVersion?: string
  /** By name: `runc`, `nvidia`. */
  readonly Runtimes?: Readonly<Record<string, unknown>> | null
  /** Devices that CDI describes; engines before Docker 28 do not tell. */
  readonly DiscoveredDevices?: readonly { readonly ID: string }[] | null
  /** Podman's alone: what it builds with. */
  readonly BuildahVersion?: string
}
