import { dirname, isAbsolute, join } from 'node:path'

import { fingerprint } from '../canonical.ts'
import { inputPaths } from './input-paths.ts'
import { readKept, writeKept } from './kept-file.ts'
import { ifUnchanged, mayHaveChangedSince, statesOf, type PathState } from './path-state.ts'
import { buildRuntime, type Runtime, type RuntimeBuildOptions } from './runtime-build.ts'
import { toolsFingerprint } from './tools-fingerprint.ts'

export interface KnownRuntime extends Runtime {
  /** Of all that it was made of; absent where that is not known, or changed meanwhile. */
  readonly states: readonly PathState[] | undefined
}

/** What is written. */
interface Kept extends Runtime {
  readonly states: readonly PathState[]
}

/** A change of what is written, or of what is looked at. */
const FORMAT = 1

/**
 * The runtime half of bundles, which does not depend on the user's code: the one that was made last in the same way, as
 * `<folder>/runtimes/<key>.json`, if everything that it was made of is as it was; else it is made anew, and kept.
 */
export async function runtimeFor(folder: string, options: RuntimeBuildOptions): Promise<KnownRuntime> {
  const file = join(folder, 'runtimes', `${keyOf(options)}.json`)
  return (await find(file)) ?? (await make(file, options))
}

/** Packages are looked for from the user's module: another folder may find others. */
function keyOf({ job, artifactStore, stepOperators, coreFolder, module }: RuntimeBuildOptions): string {
  const from = [artifactStore, ...Object.values(stepOperators)].every((it) => isAbsolute(it)) ? '' : dirname(module)
  return fingerprint({ FORMAT, tools: toolsFingerprint(), job, artifactStore, stepOperators, coreFolder, from })
}

async function find(file: string): Promise<KnownRuntime | undefined> {
  const kept = (await readKept(file)) as Kept | undefined
  if (kept === undefined) return undefined
  const lookedAtMs = Date.now()
  const states = ifUnchanged(kept.states)
  if (states === undefined) return undefined
  // Next time the stamps are enough.
  if (states !== kept.states && !mayHaveChangedSince(states, lookedAtMs)) await writeKept(file, { ...kept, states })
  return { ...kept, states }
}

async function make(file: string, options: RuntimeBuildOptions): Promise<KnownRuntime> {
  const startedAtMs = Date.now()
  const { code, map, graph, imports } = await buildRuntime(options)
  const inputs = await inputPaths({ files: [...graph.keys()], imports, lookedFrom: dirname(options.module) })
  const states = inputs === undefined ? undefined : statesOf(inputs)
  if (states === undefined || mayHaveChangedSince(states, startedAtMs)) return { code, map, states: undefined }
  await writeKept(file, { code, map, states } satisfies Kept)
  return { code, map, states }
}
