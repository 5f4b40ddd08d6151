import { join, posix } from 'node:path'

/** Where Sidestep's own part of an image lies. */
export const SIDESTEP_FOLDER = '/opt/sidestep'

/** What may stand before a path that is one: so `s3://bucket/opt/ml` and `/mnt/opt/ml` stay as they are. */
const BEFORE = /(?<=^|[\s=:,;"'`([{<>|@&]|file:\/\/)/
/** And behind: `/opt/ml-data` is another folder than `/opt/ml`. */
const BEHIND = /(?![\w.-])/

/**
 * The folders of a container that a process finds elsewhere. Each lies below one folder of this machine, as it would below the root. A
 * process hears of that in two ways:
 *
 * - in its command and in the values of its variables, the paths of these folders, and what follows them, are those of this machine;
 * - `SIDESTEP_FS_ROOT` is the folder that stands for the root. A program that has a fixed path of its own, as a runtime that reads
 *   `/opt/ml/input/config/resourceconfig.json`, reads it below that folder; where the variable is not set, the root is `/`.
 */
export class FixedFolders {
  readonly #root: string
  readonly #pattern: RegExp

  /** `root`: absolute, of this machine. `folders`: absolute, of the container. */
  constructor(root: string, folders: Iterable<string>) {
    this.#root = root
    const all = [...folders].map((path) => path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
    this.#pattern = new RegExp(`${BEFORE.source}(?:${all})${BEHIND.source}`, 'g')
  }

  /** Where a path of the container is on this machine. */
  place(path: string): string {
    return join(this.#root, posix.resolve('/', path))
  }

  /** A text with the paths of this machine in it. */
  inText(text: string): string {
    return text.replaceAll(this.#pattern, (path) => this.place(path))
  }
}
