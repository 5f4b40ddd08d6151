import { DistributionError } from './distribution-error.ts'
import { FaultPlan } from './fault-plan.ts'
import type { OciRegistryFaults } from './faults.ts'
import { Gate, type OciRegistryAuth, type RegistryGate } from './gate.ts'
import { startListener } from './listener.ts'
import { isRepositoryName } from './names.ts'
import { Registry, type RegistryWords } from './registry.ts'
import type { OpenRequest, RegistryRequest } from './request-log.ts'
import { serve } from './serve.ts'

/** How a registry is started. */
export interface OciRegistryOptions {
  /** Default: any free one, on 127.0.0.1. */
  readonly port?: number
  /** Default: nobody is asked. */
  readonly auth?: OciRegistryAuth
  /** Milliseconds since 1970, for the age of tokens. Default: `Date.now`. */
  readonly now?: () => number
}

/** A registry that speaks the OCI distribution API, in this process and in memory (large blobs: a temporary folder). */
export interface OciRegistry {
  /** `127.0.0.1:41233`. */
  readonly host: string
  /** In the order they came, from their first byte on. */
  readonly requests: readonly RegistryRequest[]
  /** Replaces the faults that were set before. */
  setFaults(faults: OciRegistryFaults): void
  /** Forgets the requests until now. */
  clearRequests(): void
  /** Makes an empty repository. Throws for a name that cannot be. */
  createRepository(name: string): void
  /** Ends its connections, frees its port and removes its files. */
  close(): Promise<void>
  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** A registry that listens on 127.0.0.1 until it is closed. Rejects where the port is taken. */
export async function startOciRegistry(options: OciRegistryOptions = {}): Promise<OciRegistry> {
  const { auth, now = Date.now, port = 0 } = options
  const gate = auth === undefined ? undefined : new Gate(auth, now)
  return start(port, gate, { expireTokens: () => gate?.expireTokens() })
}

/** The same with another gate and other words: a provider's registry. Its tokens do not expire by a fault. */
export async function startGatedRegistry(gate: RegistryGate, words: RegistryWords): Promise<OciRegistry> {
  return start(0, gate, { words })
}

interface StartOptions {
  readonly words?: RegistryWords
  readonly expireTokens?: () => void
}

async function start(
  port: number,
  gate: RegistryGate | undefined,
  { words, expireTokens }: StartOptions,
): Promise<OciRegistry> {
  const requests: OpenRequest[] = []
  const ending = new AbortController()
  const faults = new FaultPlan(ending.signal)
  const registry = new Registry(faults, words)
  const listener = await startListener(port, requests, faults, (exchange) => serve(registry, exchange, gate))
  const storage = await startListener(0, requests, faults, (exchange) => registry.storage.serve(exchange))
  registry.storage.listenOn(storage.host)

  const close = async (): Promise<void> => {
    ending.abort()
    await Promise.all([listener.close(), storage.close()])
    await registry.close()
  }
  return {
    host: listener.host,
    requests,
    setFaults: (next) => {
      faults.set(next)
      if (next.expireTokens === true) expireTokens?.()
    },
    clearRequests: () => requests.splice(0),
    createRepository: (name) => {
      if (!isRepositoryName(name))
        throw new DistributionError(400, 'NAME_INVALID', `${name} is no name of a repository`)
      registry.repositories.create(name)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
