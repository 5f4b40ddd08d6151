import { join } from 'node:path'

import { fingerprint } from '../canonical.ts'
import type { Bundle, BundleOptions } from './bundle.ts'
import { readKept, writeKept } from './kept-file.ts'
import type { BundledModule } from './module-graph.ts'
import { ifUnchanged, mayHaveChangedSince, statesOf, type PathState } from './path-state.ts'
import { toolsFingerprint } from './tools-fingerprint.ts'
import { hasBundle } from './write-bundle.ts'

/** What is written: the bundle without its path, and the state of all that it was made of. */
interface Kept {
  readonly bundle: Omit<Bundle, 'path' | 'modules'> & { readonly modules: readonly [string, BundledModule][] }
  readonly states: readonly PathState[]
}

/** What a bundle was made of. */
export interface BundleSources {
  readonly inputs: Iterable<string>
  /** What was looked at already. */
  readonly known?: readonly PathState[]
}

/** A change of what is written, or of what is looked at. */
const FORMAT = 2

/**
 * The bundle that was made last from a module in the same way, as `<folder>/kept/<key>`. It is taken again only if
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
    this.#file = join(folder, 'kept', fingerprint(key))
  }

  /** The bundle, or `undefined` where it has to be made. */
  async find(): Promise<Bundle | undefined> {
    const kept = (await readKept(this.#file))?.value as Kept | undefined
    if (kept === undefined) return undefined
    const lookedAtMs = Date.now()
    const states = ifUnchanged(kept.states)
    const { modules, sha256: hash, ...rest } = kept.bundle
    if (states === undefined || !(await hasBundle(this.#folder, hash))) return undefined
    // Next time the stamps are enough.
    if (states !== kept.states && !mayHaveChangedSince(states, lookedAtMs)) {
      await writeKept(this.#file, { value: { ...kept, states } satisfies Kept })
    }
    return { path: join(this.#folder, `${hash}.mjs`), sha256: hash, ...rest, modules: new Map(modules) }
  }

  /**
   * Keeps what was just made of the inputs, unless one of them may have changed meanwhile. `known` are the states of
   * others that it was made of.
   */
  async keep(
    { path: _path, modules, ...bundle }: Bundle,
    { inputs, startedAtMs, known = [] }: BundleSources & { readonly startedAtMs: number },
  ): Promise<void> {
    const own = statesOf(inputs)
    const looked = new Set(own.map(({ path }) => path))
    const states = [...own, ...known.filter(({ path }) => !looked.has(path))]
    if (mayHaveChangedSince(own, startedAtMs)) return
    const value: Kept = { bundle: { ...bundle, modules: [...modules] }, states }
    await writeKept(this.#file, { value })
  }
}
