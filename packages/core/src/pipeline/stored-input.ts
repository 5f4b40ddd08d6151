import { encodeInput, type EncodedInput } from '../artifact/encode-input.ts'
import { inputKey } from '../artifact/layout.ts'
import type { ArtifactStore } from '../artifact/artifact-store.ts'
import { formatFor } from '../artifact/value-formats.ts'
import { SidestepError } from '../errors.ts'

/** What is data, and can be read as often as one likes. */
const KEPT: readonly string[] = ['json', 'rich', 'bytes', 'typed-array']

/** Of an input that is not stored: it is given again by whoever resumes the run. */
export const UNKNOWN_INPUT: EncodedInput = { stored: undefined, digest: '' }

/**
 * Stores what a pipeline is given, so that its run can be resumed. What is no data (a stream, a function, a connection)
 * is left to the pipeline alone: `digest` is empty then.
 */
export async function storePipelineInput(
  input: unknown,
  { runId, store, signal }: { readonly runId: string; readonly store: ArtifactStore; readonly signal: AbortSignal },
): Promise<EncodedInput> {
  try {
    if (input !== undefined && !KEPT.includes(formatFor(input, 'input').name)) return UNKNOWN_INPUT
    return await encodeInput(input, { store, signal, keyOf: (sha256) => inputKey(runId, sha256) })
  } catch (error) {
    if (SidestepError.isInstance(error) && error.code === 'VALUE_NOT_STORABLE') return UNKNOWN_INPUT
    throw error
  }
}
