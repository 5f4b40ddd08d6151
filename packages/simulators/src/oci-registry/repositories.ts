import { DistributionError } from './distribution-error.ts'
import type { Digest } from './names.ts'
import type { StoredContent } from './stored-content.ts'

/** A manifest, byte for byte as it was pushed. */
export interface StoredManifest {
  /** Of `bytes`. */
  readonly digest: Digest
  /** The `Content-Type` it came with. */
  readonly mediaType: string
  /** All of it: 4 MiB at most. */
  readonly bytes: Uint8Array
  /** The manifest that this one is about. */
  readonly subject?: Digest
  /** For the list of referrers. */
  readonly artifactType?: string
  /** The same. */
  readonly annotations?: Readonly<Record<string, string>>
}

/** What a repository holds: a blob counts only in the repositories that it was pushed or mounted to. */
export class Repository {
  readonly blobs: Map<Digest, StoredContent> = new Map()
  readonly manifests: Map<Digest, StoredManifest> = new Map()
  readonly tags: Map<string, Digest> = new Map()
}

/** All repositories of a registry. */
export class Repositories {
  readonly #repositories = new Map<string, Repository>()
  readonly #unknown: (name: string) => string

  /** `unknown`: what is said of one that is not there. */
  constructor(unknown: (name: string) => string = (name) => `there is no repository ${name}`) {
    this.#unknown = unknown
  }

  /** `undefined`: nothing was pushed there. */
  find(name: string): Repository | undefined {
    return this.#repositories.get(name)
  }

  /** Throws `NAME_UNKNOWN`. */
  get(name: string): Repository {
    const repository = this.find(name)
    if (repository === undefined) throw new DistributionError(404, 'NAME_UNKNOWN', this.#unknown(name))
    return repository
  }

  /** The one of that name, made where it is not there. */
  create(name: string): Repository {
    const repository = this.find(name) ?? new Repository()
    this.#repositories.set(name, repository)
    return repository
  }
}
