import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Between two looks, in milliseconds. */
const LOOK_EVERY_MS = 50
/** Of one file: larger ones are looked at when all is over. */
const MOST_BYTES = 2 ** 20
/** What the suite itself and core put there before a job begins. */
const PASSED_OVER = new Set(['bundles', 'compile-cache'])

/** Looks into the files of a folder again and again while something goes on: also into those that are gone at its end. */
export class WrittenMeanwhile {
  readonly #folder: string
  readonly #isWanted: (bytes: Buffer) => boolean
  /** Of each file as it was last read. */
  readonly #known = new Map<string, string>()
  readonly #found: string[] = []

  constructor(folder: string, isWanted: (bytes: Buffer) => boolean) {
    this.#folder = folder
    this.#isWanted = isWanted
  }

  /** Paths of the files that had what is looked for. */
  get found(): readonly string[] {
    return this.#found
  }

  /** Looks for as long as it takes. */
  async during<T>(use: () => Promise<T>): Promise<T> {
    const over = new AbortController()
    const looking = this.#lookUntil(over.signal)
    try {
      return await use()
    } finally {
      over.abort()
      await looking
    }
  }

  async #lookUntil(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await this.#look(this.#folder)
      await sleep(LOOK_EVERY_MS)
    }
  }

  async #look(folder: string): Promise<void> {
    const entries = (await ifThere(readdir(folder, { withFileTypes: true }))) ?? []
    for (const entry of entries) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() && !PASSED_OVER.has(entry.name)) await this.#look(path)
      else if (entry.isFile()) await this.#read(path)
    }
  }

  async #read(path: string): Promise<void> {
    const found = await ifThere(stat(path))
    if (found === undefined || found.size > MOST_BYTES) return
    const version = `${found.ino} ${found.size} ${found.mtimeMs}`
    if (this.#known.get(path) === version) return
    this.#known.set(path, version)
    const bytes = await ifThere(readFile(path))
    if (bytes !== undefined && this.#isWanted(bytes)) this.#found.push(path)
  }
}

/** `undefined` for what has been removed meanwhile, or was replaced by something of another kind. */
async function ifThere<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    const { code } = error as { readonly code?: string }
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}
