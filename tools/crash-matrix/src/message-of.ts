/** The stack of anything that was thrown, where it has one: it is a mistake of the matrix. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
}
