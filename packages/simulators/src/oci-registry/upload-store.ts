import { randomUUID } from 'node:crypto'

import { DistributionError } from './distribution-error.ts'
import { Spool, type SpoolFolder } from './spool.ts'

/** An upload that began. */
export interface Upload {
  /** In the path of its `Location`. */
  readonly id: string
  /** Where it began: it is not known in others. */
  readonly repository: string
  /** In the query of its `Location`: a client that puts the address together itself does not know it. */
  readonly state: string
  /** What came so far. */
  readonly spool: Spool
  /** Whether a request writes to it now. */
  busy: boolean
}

/** The uploads that did not end. */
export class UploadStore {
  readonly #folder: SpoolFolder
  readonly #uploads = new Map<string, Upload>()

  constructor(folder: SpoolFolder) {
    this.#folder = folder
  }

  /** Empty. */
  begin(repository: string): Upload {
    const spool = new Spool(this.#folder)
    const upload: Upload = { id: randomUUID(), repository, state: randomUUID(), spool, busy: false }
    this.#uploads.set(upload.id, upload)
    return upload
  }

  /** Throws `BLOB_UPLOAD_UNKNOWN`, and `BLOB_UPLOAD_INVALID` for an address that was not given out. */
  get(repository: string, id: string, state: string | null): Upload {
    const upload = this.#uploads.get(id)
    if (upload?.repository !== repository) throw new DistributionError(404, 'BLOB_UPLOAD_UNKNOWN', `no upload ${id}`)
    if (upload.state === state) return upload
    throw new DistributionError(404, 'BLOB_UPLOAD_INVALID', 'this is not the Location that was answered')
  }

  /** It is over, or given up. */
  end(upload: Upload): void {
    this.#uploads.delete(upload.id)
  }

  /** Closes the files of all. */
  async close(): Promise<void> {
    await Promise.all(Array.from(this.#uploads.values(), (upload) => upload.spool.discard()))
    this.#uploads.clear()
  }
}
