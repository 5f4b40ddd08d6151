import type { Bundle } from '../bundle/bundle-module.ts'
import type { RunCode } from '../journal/run-record.ts'
import { codeOfBundle, codeOfFiles } from './run-code.ts'

export interface KnownCodeOptions {
  readonly projectFolder: string
  readonly keep: (code: RunCode) => Promise<void>
  /** What is on record already. */
  readonly known: RunCode | undefined
}

/**
 * The code of a run, as far as it is known: the files of the pipeline and of the steps that were called, until a bundle
 * says all of it. Kept whenever more becomes known, so that a launcher that comes later can compare.
 */
export class KnownCode {
  readonly #options: KnownCodeOptions
  readonly #files: Set<string> = new Set()
  #bundleSha256: string | undefined
  #keeping: Promise<void> = Promise.resolve()

  constructor(options: KnownCodeOptions) {
    this.#options = options
    this.#bundleSha256 = options.known?.bundleSha256
  }

  async addFile(file: string | undefined): Promise<void> {
    if (file === undefined || this.#bundleSha256 !== undefined || this.#files.has(file)) return
    this.#files.add(file)
    await this.#inTurn(async () => {
      if (this.#bundleSha256 !== undefined) return
      const { projectFolder, keep, known } = this.#options
      const { sources } = await codeOfFiles([...this.#files], projectFolder)
      const merged = new Map([...(known?.sources ?? []), ...sources])
      await keep({ version: 1, sources: [...merged].toSorted(([one], [other]) => (one < other ? -1 : 1)) })
    })
  }

  async addBundle(bundle: Bundle): Promise<void> {
    if (this.#bundleSha256 === bundle.sha256) return
    this.#bundleSha256 = bundle.sha256
    await this.#inTurn(() => this.#options.keep(codeOfBundle(bundle)))
  }

  /** What is kept last must be what was known last. */
  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#keeping.then(work)
    this.#keeping = turn.catch(() => undefined)
    await turn
  }
}
