import type { ArtifactStore } from './artifact-store.ts'
import type { StoredValue } from './stored-value.ts'

/** Carries the type of an artifact's value; it exists in types only. */
export declare const value: unique symbol

/** A reference to a stored value; passing it on moves no bytes. */
export interface Artifact<out T> {
  /** For the compiler alone: there is no such property. */
  readonly [value]: T
  /** Where its bytes lie. */
  readonly uri: string
  /** Reads the value back. Rejects with `ARTIFACT_CORRUPT` where the bytes are not the ones that were written. */
  value(): Promise<T>
}

/** What code beneath the public surface sees of an artifact. */
export interface ArtifactInternals {
  readonly stored: StoredValue
  readonly store: ArtifactStore
}

const BRAND = Symbol.for('sidestep.artifact@1')

/** Makes an object recognizable as an artifact, by every loaded copy of this package. */
export function markAsArtifact(artifact: object, internals: ArtifactInternals): void {
  Object.defineProperty(artifact, BRAND, { value: internals })
}

/** True for artifacts of any loaded copy of this package. */
export function isArtifact(candidate: unknown): candidate is Artifact<unknown> {
  return typeof candidate === 'object' && candidate !== null && BRAND in candidate
}

export function internalsOf(artifact: Artifact<unknown>): ArtifactInternals {
  return (artifact as unknown as Record<symbol, ArtifactInternals>)[BRAND] as ArtifactInternals
}
