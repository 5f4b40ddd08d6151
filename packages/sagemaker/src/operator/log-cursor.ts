/** One event of a stream. */
export interface LogEvent {
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly message: string
}

/** How far a stream was read. */
export interface StreamPlace {
  /** CloudWatch's own: it is exact, and good for 24 hours. */
  readonly token?: string
  /** Time of the last event that was read, in milliseconds since 1970. */
  readonly since?: number
  /** How many events of exactly that time were read. */
  readonly seen?: number
  /** How many of those come again, because the stream is read on by time. */
  readonly skip?: number
  /** How many pages without a new event came last. */
  readonly empty?: number
}

/** What {@link writeLogCursor} wrote; without a cursor, nothing was read. Pure. */
export function readLogCursor(cursor: string | undefined): ReadonlyMap<string, StreamPlace> {
  if (cursor === undefined || cursor === '') return new Map()
  return new Map(Object.entries(JSON.parse(cursor) as Readonly<Record<string, StreamPlace>>))
}

/** How far each stream was read, as one text. Pure. */
export function writeLogCursor(places: ReadonlyMap<string, StreamPlace>): string {
  return JSON.stringify(Object.fromEntries(places))
}

/**
 * Which events of a page are new, and where the stream is read on. Pages that are asked for by a token have new ones alone; those that
 * were once asked for by time begin with what was read before: `skip` of them are left. Pure.
 */
export function placeAfter(
  { since, seen = 0, skip = 0, empty = 0 }: StreamPlace,
  events: readonly LogEvent[],
  next: string | undefined,
): { readonly fresh: readonly LogEvent[]; readonly place: StreamPlace } {
  const old = new Set(events.filter(({ timestamp }) => timestamp === since).slice(0, skip))
  const fresh = events.filter((event) => !old.has(event))
  const last = fresh.at(-1)
  const left = skip - old.size
  const forward = next === undefined ? {} : { token: next }
  if (last === undefined) {
    return {
      fresh,
      place: {
        ...forward,
        ...(since === undefined ? {} : { since, seen }),
        ...(left === 0 ? {} : { skip: left }),
        empty: empty + 1,
      },
    }
  }
  const ofLast = fresh.filter(({ timestamp }) => timestamp === last.timestamp).length
  return { fresh, place: { ...forward, since: last.timestamp, seen: ofLast + (last.timestamp === since ? seen : 0) } }
}

/** The same place, told by time: CloudWatch does not know the token any more. Pure. */
export function withoutToken({ since, seen = 0, empty }: StreamPlace): StreamPlace {
  return { ...(since === undefined ? {} : { since, seen, skip: seen }), ...(empty === undefined ? {} : { empty }) }
}
