import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import { replaceFile } from '../atomic-file.ts'
import { fingerprint, sha256 } from '../canonical.ts'
import { readIfThere } from '../read-if-there.ts'
import type { Bundle, BundleOptions } from './bundle.ts'
import type { BundledModule } from './module-graph.ts'
import { ifUnchanged, mayHaveChangedSince, statesOf, type PathState } from './path-state.ts'
import { toolsFingerprint } from './tools-fingerprint.ts'
import { hasBundle } from './write-bundle.ts'

/** What is written: the bundle without its path, and the state of all that it was made of. */
interface Kept {
  readonly bundle: Omit<Bundle, 'path' | 'modules'> & { readonly modules: readonly [string, BundledModule][] }
  readonly states: readonly PathState[]
}

/** A change of what is written, or of what is looked at. */
const FORMAT = 1

/**
 * The bundle that was made last from a module in the same way, as `<folder>/kept/<key>.json`. It is taken again only if
 * everything that it was made of is as it was; where there is any doubt, it is made anew.
 */
export class KeptBundle {
  readonly #folder: string
  readonly #file: string

  /** `module` and `jobEntry` are real paths. */
  constructor(options: BundleOptions & { readonly jobEntry: string }) {
    const { folder, module, external, artifactStoreRuntime, stepOperatorRuntimes, jobEntry } = options
    const tools = toolsFingerprint()
    const key = { FORMAT, tools, module, external, artifactStoreRuntime, stepOperatorRuntimes, jobEntry }
    this.#folder = folder
    this.#file = join(folder, 'kept', `${fingerprint(key)}.json`)
  }

  /** The bundle, or `undefined` where it has to be made. */
  async find(): Promise<Bundle | undefined> {
    const kept = parse(await readIfThere(this.#file))
    if (kept === undefined) return undefined
    const lookedAtMs = Date.now()
    const states = ifUnchanged(kept.states)
    const { modules, sha256: hash, ...rest } = kept.bundle
    if (states === undefined || !(await hasBundle(this.#folder, hash))) return undefined
    // Next time the stamps are enough.
    if (states !== kept.states && !mayHaveChangedSince(states, lookedAtMs)) await this.#write({ ...kept, states })
    return { path: join(this.#folder, `${hash}.mjs`), sha256: hash, ...rest, modules: new Map(modules) }
  }

  /** Keeps what was just made of the inputs, unless one of them may have changed meanwhile. */
  async keep(
    { path: _path, modules, ...bundle }: Bundle,
    { inputs, startedAtMs }: { readonly inputs: Iterable<string>; readonly startedAtMs: number },
  ): Promise<void> {
    const states = statesOf(inputs)
    if (mayHaveChangedSince(states, startedAtMs)) return
    await mkdir(join(this.#folder, 'kept'), { recursive: true })
    await this.#write({ bundle: { ...bundle, modules: [...modules] }, states })
  }

  async #write(kept: Kept): Promise<void> {
    const text = JSON.stringify(kept)
    await replaceFile(this.#file, `${PREFIX}${sha256(text)}${MIDDLE}${text}${SUFFIX}`)
  }
}

// One JSON object with the hash of the part that matters: a file that is damaged anywhere is none.
const PREFIX = '{"sha256":"'
const MIDDLE = '","kept":'
const SUFFIX = '}\n'
const START = PREFIX.length + 64 + MIDDLE.length

function parse(text: string | undefined): Kept | undefined {
  if (text === undefined) return undefined
  const body = text.slice(START, -SUFFIX.length)
  return text === `${PREFIX}${sha256(body)}${MIDDLE}${body}${SUFFIX}` ? (JSON.parse(body) as Kept) : undefined
}
