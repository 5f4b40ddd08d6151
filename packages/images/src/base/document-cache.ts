import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import { readIfThere, replaceFile, sha256 } from '@sidestep/core/files'

import type { Manifest } from '../distribution/content.ts'
import { digestOf, isDigest, type Digest } from '../distribution/digest.ts'

/** Manifests, indexes and configs that were read before, by their digest, and what names meant. All of it can be deleted at any time. */
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
    // What a power cut leaves is checked like all else that is read.
    await replaceFile(this.#file(digest), Buffer.concat([Buffer.from(`${mediaType}\n`), bytes]), { durable: false })
  }

  /** What a name meant when it was last asked for. */
  async meaning(name: string): Promise<Digest | undefined> {
    const digest = (await readIfThere(this.#nameFile(name)))?.trim() ?? ''
    return isDigest(digest) ? digest : undefined
  }

  /** Keeps what a name means today. */
  async putMeaning(name: string, digest: Digest): Promise<void> {
    if ((await this.meaning(name)) === digest) return
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await replaceFile(this.#nameFile(name), `${digest}\n`, { durable: false })
  }

  #nameFile(name: string): string {
    return join(this.#folder, `name-${sha256(name)}`)
  }

  #file(digest: Digest): string {
    return join(this.#folder, digest.replace('sha256:', ''))
  }
}
