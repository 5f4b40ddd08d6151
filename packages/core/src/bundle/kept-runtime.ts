import { dirname, isAbsolute, join } from 'node:path'

import { fingerprint } from '../canonical.ts'
import { inputPaths } from './input-paths.ts'
import { readKept, writeKept } from './kept-file.ts'
import { ifUnchanged, mayHaveChangedSince, statesOf, type PathState } from './path-state.ts'
import { buildRuntime, type BuiltRuntime, type RuntimeBuildOptions } from './runtime-build.ts'
import type { Front } from './stitch.ts'
import { toolsFingerprint } from './tools-fingerprint.ts'

export interface KnownRuntime extends BuiltRuntime {
  /** Of all that it was made of; absent where that is not known, or changed meanwhile. */
  readonly states: readonly PathState[] | undefined
}

/** What is written, beside the bytes: those of the code, and behind them the mappings. */
interface Kept extends Omit<BuiltRuntime, 'front'> {
  /** Of the code that made it. */
  readonly tools: string
  readonly states: readonly PathState[]
  readonly front: Omit<Front, 'code' | 'map'> & {
    readonly codeBytes: number
    readonly map: Omit<Front['map'], 'mappings'>
  }
}

/** A change of what is written, or of what is looked at. */
const FORMAT = 3

/**
 * The runtime half of bundles, which does not depend on the user's code: the one that was made last in the same way, as
 * `<folder>/runtimes/<key>`, if everything that it was made of is as it was; else it is made anew, and kept.
 */
export async function runtimeFor(folder: string, options: RuntimeBuildOptions): Promise<KnownRuntime> {
  const file = join(folder, 'runtimes', keyOf(options))
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
  const kept = await readKept(file)
  const value = kept?.value as Kept | undefined
  if (kept === undefined || value?.tools !== toolsFingerprint()) return undefined
  const lookedAtMs = Date.now()
  const { states: known, front, exports, names } = value
  const states = ifUnchanged(known)
  if (states === undefined) return undefined
  const { bytes } = kept
  // Next time the stamps are enough.
  if (states !== known && !mayHaveChangedSince(states, lookedAtMs)) {
    await writeKept(file, { value: { ...value, states } satisfies Kept, bytes })
  }
  return { exports, names, front: decoded(front, bytes), states }
}

async function make(file: string, options: RuntimeBuildOptions): Promise<KnownRuntime> {
  const startedAtMs = Date.now()
  const { graph, imports, ...runtime } = await buildRuntime(options)
  const inputs = await inputPaths({ files: [...graph.keys()].toSorted(), imports, lookedFrom: lookedFrom(options) })
  const states = inputs === undefined ? undefined : statesOf([...inputs].toSorted())
  if (states === undefined || mayHaveChangedSince(states, startedAtMs)) return { ...runtime, states: undefined }
  const { front, bytes } = encoded(runtime.front)
  await writeKept(file, { value: { tools: toolsFingerprint(), ...runtime, front, states } satisfies Kept, bytes })
  return { ...runtime, states }
}

function encoded({ code, map, ...rest }: Front): { readonly front: Kept['front']; readonly bytes: Buffer } {
  const { mappings, ...named } = map
  return {
    front: { ...rest, map: named, codeBytes: code.byteLength },
    bytes: Buffer.concat([code, Buffer.from(mappings, 'latin1')]),
  }
}

function decoded({ codeBytes, map, ...rest }: Kept['front'], bytes: Buffer): Front {
  // Letters of base64, `,` and `;`.
  const mappings = bytes.toString('latin1', codeBytes)
  return { ...rest, code: bytes.subarray(0, codeBytes), map: { ...map, mappings } }
}
