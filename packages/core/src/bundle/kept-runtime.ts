import { dirname, isAbsolute, join } from 'node:path'

import { fingerprint } from '../canonical.ts'
import { inputPaths } from './input-paths.ts'
import { readKept, writeKept } from './kept-file.ts'
import { ifUnchanged, mayHaveChangedSince, statesOf, type PathState } from './path-state.ts'
import { buildRuntime, type BuiltRuntime, type RuntimeBuildOptions } from './runtime-build.ts'
import { toolsFingerprint } from './tools-fingerprint.ts'

export interface KnownRuntime extends BuiltRuntime {
  /** Of all that it was made of; absent where that is not known, or changed meanwhile. */
  readonly states: readonly PathState[] | undefined
}

/** What is written. */
interface Kept extends BuiltRuntime {
  /** Of the code that made it. */
  readonly tools: string
  readonly states: readonly PathState[]
}

/** A change of what is written, or of what is looked at. */
const FORMAT = 2

/**
 * The runtime half of bundles, which does not depend on the user's code: the one that was made last in the same way, as
 * `<folder>/runtimes/<key>.json`, if everything that it was made of is as it was; else it is made anew, and kept.
 */
export async function runtimeFor(folder: string, options: RuntimeBuildOptions): Promise<KnownRuntime> {
  const file = join(folder, 'runtimes', `${keyOf(options)}.json`)
  return (await find(file)) ?? (await make(file, options))
}

/** Without the tools' fingerprint: what another version of them made is replaced. */
function keyOf(options: RuntimeBuildOptions): string {
  const { job, artifactStore, stepOperators, coreFolder } = options
  return fingerprint({ FORMAT, job, artifactStore, stepOperators, coreFolder, from: lookedFrom(options) ?? null })
}

/** Packages are looked for from the user's module: another folder may find others. `undefined` where none is named. */
function lookedFrom({ artifactStore, stepOperators, module }: RuntimeBuildOptions): string | undefined {
  return [artifactStore, ...Object.values(stepOperators)].every((it) => isAbsolute(it)) ? undefined : dirname(module)
}

async function find(file: string): Promise<KnownRuntime | undefined> {
  const kept = (await readKept(file)) as Kept | undefined
  if (kept?.tools !== toolsFingerprint()) return undefined
  const lookedAtMs = Date.now()
  const states = ifUnchanged(kept.states)
  if (states === undefined) return undefined
  // Next time the stamps are enough.
  if (states !== kept.states && !mayHaveChangedSince(states, lookedAtMs)) await writeKept(file, { ...kept, states })
  return { ...kept, states }
}

async function make(file: string, options: RuntimeBuildOptions): Promise<KnownRuntime> {
  const startedAtMs = Date.now()
  const { graph, imports, ...runtime } = await buildRuntime(options)
  const inputs = await inputPaths({ files: [...graph.keys()].toSorted(), imports, lookedFrom: lookedFrom(options) })
  const states = inputs === undefined ? undefined : statesOf([...inputs].toSorted())
  if (states === undefined || mayHaveChangedSince(states, startedAtMs)) return { ...runtime, states: undefined }
  await writeKept(file, { tools: toolsFingerprint(), ...runtime, states } satisfies Kept)
  return { ...runtime, states }
}
