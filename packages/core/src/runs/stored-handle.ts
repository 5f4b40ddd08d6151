/** What the records of a job have in common, whoever wrote them: an operator's own handle can be any JSON. */
interface HasHandle {
  readonly handle?: object
}

/** A job's handle as its operator gave it. */
export function handleOf({ handle }: HasHandle): object | undefined {
  const inner: unknown = handle !== undefined && 'handle' in handle ? handle.handle : undefined
  return typeof inner === 'object' && inner !== null ? inner : handle
}

/** When its job was created, as its launcher saw it, or when the attempt began. ISO 8601. */
export function createdAtOf({ handle, startedAt }: HasHandle & { readonly startedAt: string }): string {
  const at: unknown = handle !== undefined && 'createdAt' in handle ? handle.createdAt : undefined
  return typeof at === 'string' ? at : startedAt
}
