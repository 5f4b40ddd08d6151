import { randomUUID } from 'node:crypto'

import { DistributionError } from './distribution-error.ts'
import type { Exchange } from './exchange.ts'
import type { Digest } from './names.ts'
import { sendContent } from './send-content.ts'
import type { StoredContent } from './stored-content.ts'

/** Where a registry redirects to: as with a cloud's storage, the address is the permission. */
export class BlobStorage {
  readonly #offers = new Map<string, { readonly digest: Digest; readonly content: StoredContent }>()
  #host: string | undefined

  /** On which host its `serve` answers. */
  listenOn(host: string): void {
    this.#host = host
  }

  /** The address of a blob. */
  offer(digest: Digest, content: StoredContent): string {
    const id = randomUUID()
    this.#offers.set(id, { digest, content })
    return `http://${this.#host ?? ''}/storage/${id}`
  }

  /** Refuses a request that says who it is, as S3 does: credentials of the registry are not for others. */
  async serve(exchange: Exchange): Promise<void> {
    if (exchange.request.headers.authorization !== undefined) {
      throw new DistributionError(400, 'UNSUPPORTED', 'only one way of authentication is allowed')
    }
    const offer = this.#offers.get(exchange.url.pathname.replace('/storage/', ''))
    if (offer === undefined) throw new DistributionError(403, 'DENIED', 'this address was not given out')
    await sendContent(exchange, offer.digest, offer.digest, offer.content)
  }
}
