import { fingerprint } from '../canonical.ts'
import type { ArtifactStore } from './artifact-store.ts'
import { contentDigest } from './content-digest.ts'
import { loadValue, type LoadOptions } from './load-value.ts'
import { saveValue } from './save-value.ts'
import type { StoredValue } from './stored-value.ts'

/** A step's input as it is stored and counted. */
export interface EncodedInput {
  /** `undefined` where the input is. */
  readonly stored: StoredValue | undefined
  /** Stands for the input in a step run's identity: equal for equal content, wherever that lies. */
  readonly digest: string
}

/** Where inputs go. */
export interface EncodeInputOptions {
  readonly store: ArtifactStore
  /** The key of an input, from the hash of its bytes. */
  readonly keyOf: (sha256: string) => string
  readonly signal?: AbortSignal
}

const NO_INPUT: string = fingerprint({ materializer: null })

/**
 * Stores a step's input under the hash of its bytes. An artifact stays where it is, as the whole input or inside of it.
 * Memory (data and arrays of numbers) is read before this function first awaits, so the caller may change it
 * afterwards; streams, files and folders are read later and must be left alone until the step has begun. Rejects with
 * `VALUE_NOT_STORABLE`, which names the place in the input.
 */
export async function encodeInput(input: unknown, options: EncodeInputOptions): Promise<EncodedInput> {
  if (input === undefined) return { stored: undefined, digest: NO_INPUT }
  const { keyOf, ...rest } = options
  const stored = await saveValue(input, { ...rest, key: keyOf, name: 'input', artifacts: 'refer', snapshot: true })
  return { stored, digest: contentDigest(stored) }
}

/** The input that a step gets: every reference in it is read, several at a time. Rejects as {@link loadValue} does. */
export async function decodeInput(stored: StoredValue | undefined, options: LoadOptions): Promise<unknown> {
  return stored === undefined ? undefined : loadValue(stored, options)
}
