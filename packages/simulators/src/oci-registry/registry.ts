import { BlobStorage } from './blob-storage.ts'
import type { Exchange } from './exchange.ts'
import type { FaultPlan } from './fault-plan.ts'
import { Repositories, type Repository } from './repositories.ts'
import { SpoolFolder } from './spool.ts'
import { UploadStore } from './upload-store.ts'

/** What a registry says in words of its own. */
export interface RegistryWords {
  /** Of a repository that is not there. */
  readonly unknownRepository?: (name: string) => string
}

/** What a registry holds. */
export class Registry {
  readonly repositories: Repositories
  readonly storage: BlobStorage = new BlobStorage()
  readonly uploads: UploadStore
  readonly faults: FaultPlan
  readonly #folder: SpoolFolder = new SpoolFolder()

  constructor(faults: FaultPlan, words: RegistryWords = {}) {
    this.repositories = new Repositories(words.unknownRepository)
    this.faults = faults
    this.uploads = new UploadStore(this.#folder)
  }

  /** Pushing makes the repository, where it may. Throws `NAME_UNKNOWN` where not. */
  repositoryToPush(name: string): Repository {
    if (this.faults.current.unknownRepositories === true) return this.repositories.get(name)
    return this.repositories.create(name)
  }

  /** A `Location`. */
  location(exchange: Exchange, path: string): string {
    if (this.faults.current.absoluteLocations !== true) return path
    return `http://${exchange.request.headers.host ?? ''}${path}`
  }

  /** Removes its files. */
  async close(): Promise<void> {
    await this.uploads.close()
    await this.#folder.remove()
  }
}
