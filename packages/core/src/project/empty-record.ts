/** A record of names has no prototype: whatever a thing is called, it is found only where it was put. */
export function emptyRecord<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>
}
