import type { BuildImageOptions, ContainerRegistry, PlanImageOptions, RegistryLogin } from '@sidestep/core/component'

import { dockerLogin } from './docker-login.ts'
import { parseReference, type ImageReference } from './reference.ts'
import { canonicalHost } from './registry-host.ts'
import { RegistryClient, type RepositoryClient } from './registry-client.ts'

/**
 * Who to be at the registry of an image: what the stack's own registry says for its host, else Docker's configuration of
 * this machine. `undefined`: nobody. Rejects as {@link dockerLogin} does, and with what `login()` of the registry rejects.
 */
export async function registryLogin(
  image: string,
  { own, signal }: { readonly own?: ContainerRegistry<any>; readonly signal: AbortSignal },
): Promise<RegistryLogin | undefined> {
  const { registry } = parseReference(image)
  const host = canonicalHost(registry)
  const login = own !== undefined && hostOf(own.uri) === host ? await own.login({ signal }) : undefined
  return login ?? (await dockerLogin(registry, { signal })).login
}

/** The registries of one build, each asked through one client, which is closed at the build's end. */
export class Registries {
  readonly #clients = new Map<string, RegistryClient>()
  readonly #own: ContainerRegistry<any> | undefined
  readonly #ownHost: string | undefined
  readonly #report: ((line: string) => void) | undefined

  /**
   * @param own The stack's container registry, whose login is used for its host.
   * @param report Gets a line where a registry does not answer.
   */
  constructor(own?: ContainerRegistry<any>, report?: (line: string) => void) {
    this.#report = report
    this.#own = own
    this.#ownHost = own === undefined ? undefined : hostOf(own.uri)
  }

  /** The repository of an image. `push`: something will be pushed to it. */
  repository(
    { registry, repository }: Pick<ImageReference, 'registry' | 'repository'>,
    options: { readonly push?: boolean } = {},
  ): RepositoryClient {
    return this.#client(registry).repository(repository, options)
  }

  /** Closes its connections. */
  close(): void {
    for (const client of this.#clients.values()) client.close()
  }

  #client(registry: string): RegistryClient {
    const host = canonicalHost(registry)
    const there = this.#clients.get(host)
    if (there !== undefined) return there
    const own = this.#own
    const login =
      own !== undefined && host === this.#ownHost
        ? (options: { readonly signal: AbortSignal }) => own.login(options)
        : undefined
    const client = new RegistryClient({
      registry: host,
      ...(login === undefined ? {} : { login }),
      ...(this.#report === undefined ? {} : { report: this.#report }),
    })
    this.#clients.set(host, client)
    return client
  }
}

/** Runs something with the registries of one build, and closes their connections whatever comes of it. */
export async function withRegistries<T>(
  { registry, report }: Pick<PlanImageOptions, 'registry'> & Partial<Pick<BuildImageOptions, 'report'>>,
  use: (registries: Registries) => Promise<T>,
): Promise<T> {
  const registries = new Registries(registry, report)
  try {
    return await use(registries)
  } finally {
    registries.close()
  }
}

function hostOf(uri: string): string {
  const { registry } = parseReference(`${uri}/any`)
  return canonicalHost(registry)
}
