import { closeSync, openSync, rmSync, writeSync } from 'node:fs'

import type { JobFolder } from '../job/job-folder.ts'

/** Of one file; the newest two are kept. */
const FILE_SIZE = 512 * 1024

/**
 * What npm and the entrypoint print. Normally that is next to nothing, and it must not fill the disk when it is not:
 * the beginning is dropped. The files are named by where they begin, so that a reader's place stays valid.
 */
export class BoundedLog {
  readonly #folder: JobFolder
  readonly #fileSize: number
  #begin = 0
  #end = 0
  #previous: number | undefined
  #file: number | undefined

  constructor(folder: JobFolder, fileSize: number = FILE_SIZE) {
    this.#folder = folder
    this.#fileSize = fileSize
  }

  /** Written at once: whoever prints is slowed down rather than buffered. */
  append(data: string | Uint8Array): void {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data
    this.#file ??= openSync(this.#folder.providerLog(this.#begin), 'a', 0o600)
    for (let written = 0; written < bytes.length;) written += writeSync(this.#file, bytes, written)
    this.#end += bytes.length
    if (this.#end - this.#begin >= this.#fileSize) this.#startFile()
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #startFile(): void {
    this.close()
    if (this.#previous !== undefined) rmSync(this.#folder.providerLog(this.#previous), { force: true })
    this.#previous = this.#begin
    this.#begin = this.#end
  }
}
