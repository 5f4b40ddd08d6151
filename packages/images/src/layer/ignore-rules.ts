import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

import { codeOf } from '@sidestep/core/component'

import { dockerIgnore, type DockerIgnore } from './docker-ignore.ts'
import type { LeaveOut } from './entries-of-folder.ts'
import { layerError, shown, unreadable } from './layer-error.ts'
import { isSecretFile, isSecretPath } from './secret-files.ts'

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

/** What a project's rules are read from. */
export interface ReadRulesOptions extends IgnoreRulesOptions {
  /** Names of files in the project, of which the first that is there counts. Default: `.dockerignore`. */
  readonly files?: readonly string[]
}

/** How much is left out. */
export interface IgnoreRulesOptions {
  /** Whether caches, version control and installed packages stay out by themselves. Default: true. */
  readonly unwanted?: boolean
}

/**
 * What of a project stays out of images: secrets always; what its `.dockerignore` says; and, unless that brings it back
 * or it is named, caches, version control and installed packages.
 */
export class IgnoreRules {
  /** The name of the file that they are from. */
  readonly file: string
  readonly #own: DockerIgnore
  readonly #all: DockerIgnore

  /** @param lines Of a .dockerignore file. Throws `IMAGE_INVALID` for a line that is no pattern. */
  constructor(lines: readonly string[], origin: string = FILE, { unwanted = true }: IgnoreRulesOptions = {}) {
    this.file = basename(origin)
    // First, because its errors have the right numbers of lines.
    this.#own = dockerIgnore(lines, origin)
    this.#all = unwanted ? dockerIgnore([...UNWANTED, ...lines], origin) : this.#own
  }

  /** The rules of a project's folder, with its `.dockerignore` where it has one. */
  static async read(
    projectFolder: string,
    { files = [FILE], ...options }: ReadRulesOptions = {},
  ): Promise<IgnoreRules> {
    for (const file of files) {
      const path = join(projectFolder, file)
      const text = await readFile(path, 'utf8').catch((error: unknown) => {
        if (codeOf(error) === 'ENOENT') return undefined
        throw unreadable(path, error)
      })
      if (text !== undefined) return new IgnoreRules(text.replace(/^\uFEFF/u, '').split(/\r?\n/u), path, options)
    }
    return new IgnoreRules([], FILE, options)
  }

  /** Why a path of the project stays out when a folder above it goes in; `undefined`: it does not. */
  reason(path: string): LeftOutReason | undefined {
    if (isSecretPath(path)) return 'secret'
    if (this.#own.ignores(path)) return 'ignored'
    return this.#all.ignores(path) ? 'unwanted' : undefined
  }

  /** Why nothing of a named path goes in, though it is named; `undefined`: something may. */
  refuses(named: string): 'secret' | 'ignored' | undefined {
    if (named === '') return undefined
    if (isSecretPath(named) || isSecretFile(named)) return 'secret'
    return this.#own.ignores(named) && !this.#own.mayKeepBelow(named) ? 'ignored' : undefined
  }

  /**
   * What of a named path stays out. What is named itself counts as wanted: `.cache/model` gives all that is below it.
   * Throws `IMAGE_INVALID` where it is a secret, or where the project's own rules leave out the whole of it.
   */
  below(named: string): LeaveOut {
    const refused = this.refuses(named)
    if (refused === 'secret') {
      throw layerError(
        `${shown(named)} is not put into an image: by its name it holds secrets, and everybody who may pull the image could read them`,
        'Hand a secret to the step by its `secrets`. A file that holds none, such as a public certificate, needs another name.',
      )
    }
    if (refused === 'ignored') {
      throw layerError(
        `${shown(named)} is named as a file of the step, and ${this.file} leaves it out`,
        `Take one of the two away, or add "!${named}" at the end of ${this.file}.`,
      )
    }
    const isWanted = named !== '' && !this.#own.ignores(named) && this.#all.ignores(named)
    const rules = isWanted ? this.#own : this.#all
    return (path) => {
      if (isSecretPath(path)) return 'all'
      if (!rules.ignores(path)) return isSecretFile(path) ? 'file' : undefined
      return rules.mayKeepBelow(path) ? 'this' : 'all'
    }
  }
}
