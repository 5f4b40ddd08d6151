import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { codeOf } from '@sidestep/core'

import { dockerIgnore, type DockerIgnore } from './docker-ignore.ts'
import type { LeaveOut } from './entries-of-folder.ts'
import { layerError, shown, unreadable } from './layer-error.ts'
import { isSecretPath } from './secret-files.ts'

const FILE = '.dockerignore'

/** What nobody wants in an image, unless it is named. A `!` pattern brings it back. */
const UNWANTED: readonly string[] = [
  'node_modules', // the image has its own, for its own platform
  '.git',
  '.hg',
  '.svn',
  '.DS_Store',
  'Thumbs.db',
  '.jj',
  '.cache',
  '.npm',
  '.pnpm-store',
  '.parcel-cache',
  '.eslintcache',
  '.turbo',
  '.nyc_output',
  '.venv',
  '.tox',
  '.nox',
  '__pycache__',
  '*.pyc',
  '.pytest_cache',
  '.mypy_cache',
  '.ruff_cache',
  '.ipynb_checkpoints',
  '.idea',
  '.vscode',
].map((name) => `**/${name}`)

/** Why something stays out of an image. */
export type LeftOutReason = 'secret' | 'ignored' | 'unwanted'

/**
 * What of a project stays out of images: secrets always; what its `.dockerignore` says; and, unless that brings it back
 * or it is named, caches, version control and installed packages.
 */
export class IgnoreRules {
  readonly #own: DockerIgnore
  readonly #all: DockerIgnore

  /** @param lines Of a .dockerignore file. Throws `IMAGE_INVALID` for a line that is no pattern. */
  constructor(lines: readonly string[], origin: string = FILE) {
    // First, because its errors have the right numbers of lines.
    this.#own = dockerIgnore(lines, origin)
    this.#all = dockerIgnore([...UNWANTED, ...lines], origin)
  }

  /** The rules of a project's folder, with its `.dockerignore` where it has one. */
  static async read(projectFolder: string): Promise<IgnoreRules> {
    const path = join(projectFolder, FILE)
    try {
      const text = await readFile(path, 'utf8')
      return new IgnoreRules(text.replace(/^\uFEFF/u, '').split(/\r?\n/u), path)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return new IgnoreRules([])
      throw codeOf(error)?.startsWith('E') === true ? unreadable(path, error) : error
    }
  }

  /** Why a path of the project stays out when a folder above it goes in; `undefined`: it does not. */
  reason(path: string): LeftOutReason | undefined {
    if (isSecretPath(path)) return 'secret'
    if (this.#own.ignores(path)) return 'ignored'
    return this.#all.ignores(path) ? 'unwanted' : undefined
  }

  /**
   * What of a named path stays out. What is named itself counts as wanted: `.cache/model` gives all that is below it.
   * Throws `IMAGE_INVALID` where it is a secret, or where the project's own rules leave out the whole of it.
   */
  below(named: string): LeaveOut {
    if (named !== '' && isSecretPath(named)) {
      throw layerError(
        `${shown(named)} is not put into an image: by its name it holds secrets, and everybody who may pull the image could read them`,
        'Hand a secret to the step by its `secrets`. A file that holds none, such as a public certificate, needs another name.',
      )
    }
    const ownIgnores = named !== '' && this.#own.ignores(named)
    if (ownIgnores && !this.#own.mayKeepBelow(named)) {
      throw layerError(
        `${shown(named)} is named as a file of the step, and ${FILE} leaves it out`,
        `Take one of the two away, or add "!${named}" at the end of ${FILE}.`,
      )
    }
    const rules = named !== '' && !ownIgnores && this.#all.ignores(named) ? this.#own : this.#all
    return (path) => {
      if (isSecretPath(path)) return 'all'
      if (!rules.ignores(path)) return undefined
      return rules.mayKeepBelow(path) ? 'this' : 'all'
    }
  }
}
