import type { GetObjectCommandOutput } from '@aws-sdk/client-s3'

type Ranged = Pick<GetObjectCommandOutput, 'ContentRange' | 'ContentLength'>

/** Of `bytes 0-0/1234`. */
export function sizeOf({ ContentRange, ContentLength }: Ranged): number {
  const [, size] = /\/(\d+)$/.exec(ContentRange ?? '') ?? []
  // A store that does not know ranges gives all of it.
  return size === undefined ? (ContentLength ?? 0) : Number(size)
}

/** Whether what is given is the object from this byte on, and not all of it again. Pure. */
export function beginsAt({ ContentRange }: Ranged, offset: number): boolean {
  // A store that does not know ranges gives all of it: that is what was wanted where nothing had come.
  return ContentRange === undefined ? offset === 0 : ContentRange.startsWith(`bytes ${offset}-`)
}
