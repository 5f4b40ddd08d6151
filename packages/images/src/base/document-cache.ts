import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import { readIfThere, replaceFile } from '@sidestep/core/files'

import type { Manifest } from '../distribution/content.ts'
import { digestOf, type Digest } from '../distribution/digest.ts'

/** Manifests, indexes and configs that were read before, by their digest. All of it can be deleted at any time. */
export class DocumentCache {
  readonly #folder: string

  /** @param home `.sidestep`: documents lie in `images/documents` below it. */
  constructor(home: string) {
    this.#folder = join(home, 'images', 'documents')
  }

  /** What is kept by a digest; what does not have it any more is not there. */
  async get(digest: Digest): Promise<Manifest | undefined> {
    const text = await readIfThere(this.#file(digest))
    if (text === undefined) return undefined
    // The first line is the media type, which the digest does not cover, and which the bytes' users check.
    const end = text.indexOf('\n')
    const bytes = Buffer.from(text.slice(end + 1))
    return digestOf(bytes) === digest ? { digest, mediaType: text.slice(0, end), bytes } : undefined
  }

  /** Keeps a document. */
  async put({ digest, mediaType, bytes }: Manifest): Promise<void> {
    // A tag that means what it meant before: each build asks, and a write that lasts takes longer than a look.
    if ((await this.get(digest))?.mediaType === mediaType) return
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await replaceFile(this.#file(digest), Buffer.concat([Buffer.from(`${mediaType}\n`), bytes]))
  }

  #file(digest: Digest): string {
    return join(this.#folder, digest.replace('sha256:', ''))
  }
}
