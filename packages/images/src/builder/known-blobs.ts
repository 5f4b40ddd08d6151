import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { fingerprint, readIfThere, replaceFile } from '@sidestep/core/files'

import type { Digest } from '../distribution/digest.ts'
import { list, shaped, ShapeError, text, type Shape } from '../json-shape.ts'
import type { Target } from './target.ts'

/** Of one repository: some megabytes of a file would take longer to read than to ask. */
const MOST = 5_000

const shape: Shape = list(text(/^sha256:/u))

/**
 * What a repository had when an image with it was accepted, so that it need not be asked. It may be wrong: then the
 * registry refuses the next image, and all of it is forgotten.
 */
export class KnownBlobs {
  readonly #file: string
  #blobs: ReadonlySet<string>

  private constructor(file: string, blobs: ReadonlySet<string>) {
    this.#file = file
    this.#blobs = blobs
  }

  /** @param home `.sidestep`: what is known lies in `images/known` below it. */
  static async open(home: string, target: Target): Promise<KnownBlobs> {
    const file = join(home, 'images', 'known', `${fingerprint(target)}.json`)
    return new KnownBlobs(file, new Set(parsed(await readIfThere(file))))
  }

  /** Nothing was ever pushed there from here. */
  get isEmpty(): boolean {
    return this.#blobs.size === 0
  }

  has(digest: Digest): boolean {
    return this.#blobs.has(digest)
  }

  /** An image with these was accepted. */
  async add(digests: readonly Digest[]): Promise<void> {
    if (digests.every((digest) => this.#blobs.has(digest))) return
    this.#blobs = new Set([...digests, ...this.#blobs].slice(0, MOST))
    await mkdir(join(this.#file, '..'), { recursive: true, mode: 0o700 })
    // Who writes at the same time may win, and a power cut may leave nothing: then the rest is asked for once more.
    await replaceFile(this.#file, `${JSON.stringify([...this.#blobs])}\n`, { durable: false })
  }

  async forget(): Promise<void> {
    this.#blobs = new Set()
    await rm(this.#file, { force: true })
  }
}

function parsed(written: string | undefined): readonly string[] {
  if (written === undefined) return []
  try {
    return shaped(shape, JSON.parse(written))
  } catch (error) {
    // A damaged file knows nothing.
    if (error instanceof SyntaxError || error instanceof ShapeError) return []
    throw error
  }
}
