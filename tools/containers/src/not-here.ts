/** Containers cannot run on this machine, and nothing is broken. */
export class NotHere extends Error {
  override readonly name = 'NotHere'
}
