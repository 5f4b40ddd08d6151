import { neededAccess } from './access.ts'
import { BlobStorage } from './blob-storage.ts'
import { blob } from './blobs.ts'
import { DistributionError } from './distribution-error.ts'
import type { Exchange } from './exchange.ts'
import type { FaultPlan } from './fault-plan.ts'
import type { RegistryGate } from './gate.ts'
import { referrers, tags } from './listings.ts'
import { manifest } from './manifests.ts'
import { Repositories, type Repository } from './repositories.ts'
import { parseRoute, type Route } from './route.ts'
import { SpoolFolder } from './spool.ts'
import { UploadStore } from './upload-store.ts'
import { beginUpload, continueUpload } from './uploads.ts'

const METHODS: Readonly<Record<Route['kind'], readonly string[]>> = {
  base: ['GET', 'HEAD'],
  manifest: ['GET', 'HEAD', 'PUT', 'DELETE'],
  blob: ['GET', 'HEAD', 'DELETE'],
  uploads: ['POST'],
  upload: ['GET', 'PATCH', 'PUT', 'DELETE'],
  tags: ['GET', 'HEAD'],
  referrers: ['GET', 'HEAD'],
}

/** What a registry says in words of its own. */
export interface RegistryWords {
  /** Of a repository that is not there. */
  readonly unknownRepository?: (name: string) => string
}

/** What a registry holds, and what it does with a request. */
export class Registry {
  readonly repositories: Repositories
  readonly storage: BlobStorage = new BlobStorage()
  readonly uploads: UploadStore
  readonly faults: FaultPlan
  readonly #folder: SpoolFolder = new SpoolFolder()
  readonly #gate: RegistryGate | undefined

  constructor(faults: FaultPlan, gate: RegistryGate | undefined, words: RegistryWords = {}) {
    this.repositories = new Repositories(words.unknownRepository)
    this.faults = faults
    this.uploads = new UploadStore(this.#folder)
    this.#gate = gate
  }

  /** Answers a request, or throws a `DistributionError` that is the answer. */
  async serve(exchange: Exchange): Promise<void> {
    if (this.#gate?.serve !== undefined && exchange.url.pathname === '/token') {
      await this.#gate.serve(exchange)
      return
    }
    const route = parseRoute(exchange.url.pathname)
    if (route === undefined) throw new DistributionError(404, 'UNSUPPORTED', 'no path of the distribution API')
    const methods = METHODS[route.kind]
    if (!methods.includes(exchange.method)) {
      const allow = { Allow: methods.join(', ') }
      throw new DistributionError(405, 'UNSUPPORTED', `${exchange.method} is not possible here`, allow)
    }
    this.#gate?.check(exchange, neededAccess(route, exchange))
    await this.#answer(route, exchange)
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

  async #answer(route: Route, exchange: Exchange): Promise<void> {
    switch (route.kind) {
      case 'base':
        exchange.sendJson(200, {})
        break
      case 'manifest':
        await manifest(this, exchange, route.repository, route.reference)
        break
      case 'blob':
        await blob(this, exchange, route.repository, route.digest)
        break
      case 'uploads':
        await beginUpload(this, exchange, route.repository)
        break
      case 'upload':
        await continueUpload(this, exchange, route.repository, route.id)
        break
      case 'tags':
        tags(this, exchange, route.repository)
        break
      case 'referrers':
        referrers(this, exchange, route.repository, route.digest)
        break
    }
  }
}
