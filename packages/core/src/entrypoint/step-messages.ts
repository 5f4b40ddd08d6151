import type { SerializedError } from '../artifact/manifest.ts'
import type { StoredValue } from '../artifact/stored-value.ts'
import type { FailureKind } from '../errors.ts'

/** What the step's process tells the entrypoint over IPC. */
export type StepMessage =
  | { readonly type: 'returned'; readonly outputs: Readonly<Record<string, StoredValue>> }
  | { readonly type: 'threw'; readonly kind: FailureKind; readonly error: SerializedError }

export function isStepMessage(message: unknown): message is StepMessage {
  const type = typeof message === 'object' && message !== null && 'type' in message ? message.type : undefined
  return type === 'returned' || type === 'threw'
}
