import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'

import type { JobHandle, ProviderLogPage } from '@sidestep/core'

import { hold, shown } from '../hold.ts'
import { OUTSIDE_LINES } from '../steps/stops.ts'
import type { AnyJobService } from './job-service-of.ts'

/** Between two looks, in milliseconds. */
const LOOK_EVERY_MS = 200

/** How far a reader of a provider's log has come. */
export interface ReadLog {
  /** Of the job. */
  readonly handle: JobHandle
  /** Of which a reader has come to the cursor. */
  readonly lines: readonly string[]
  /** Of the page after those. */
  readonly cursor: string | undefined
}

/** Two readers of one log: one that begins anew, and one that goes on from a cursor that was stored. */
export async function readLog(service: AnyJobService, handle: JobHandle, signal: AbortSignal): Promise<ReadLog> {
  const first: string[] = []
  let cursor: string | undefined
  while (!signal.aborted && outside(first).length < OUTSIDE_LINES.length) {
    const page = await readPage(service, { handle, cursor, signal })
    first.push(...page.lines)
    cursor = page.cursor
    if (page.lines.length === 0 && !page.more) await sleep(LOOK_EVERY_MS)
  }
  expectOutside(first, 'a reader that went on page by page')
  const lines = await firstLines(service, handle, signal)
  hold(lines.length > 0 && lines.every((line, index) => line === first[index] || index >= first.length), {
    seen: `a second reader of the log of a job began with ${shown(lines.slice(0, 3))}, and the first one with ${shown(first.slice(0, 3))}`,
    must: 'who gives no cursor gets the log from its beginning, whoever has read it before',
    mend: 'Where a reader is, is in the cursor alone: keep nothing of it in the service.',
  })
  return { handle, lines: first, cursor }
}

/** A page without lines may be followed by one that has some. */
async function firstLines(service: AnyJobService, handle: JobHandle, signal: AbortSignal): Promise<readonly string[]> {
  let cursor: string | undefined
  for (;;) {
    const page = await readPage(service, { handle, cursor, signal })
    if (page.lines.length > 0 || !page.more) return page.lines
    cursor = page.cursor
  }
}

/** What came after the cursor, until the end of the job: no line again. */
export async function checkRest(
  service: AnyJobService,
  { handle, lines, cursor }: ReadLog,
  signal: AbortSignal,
): Promise<void> {
  const rest: string[] = []
  let at = cursor
  for (let more = true; more;) {
    const page = await readPage(service, { handle, cursor: at, signal })
    rest.push(...page.lines)
    at = page.cursor
    more = page.more
  }
  expectOutside([...lines, ...rest], 'a reader that went on from its cursor after the end of the job')
}

async function readPage(
  service: AnyJobService,
  {
    handle,
    cursor,
    signal,
  }: { readonly handle: JobHandle; readonly cursor: string | undefined; readonly signal: AbortSignal },
): Promise<ProviderLogPage> {
  const page = await service.logs(handle, cursor, { signal })
  hold(typeof page.cursor === 'string' && Array.isArray(page.lines) && typeof page.more === 'boolean', {
    seen: `logs() gave ${shown(page)}`,
    must: 'a page has lines, a cursor that is a text, and whether there may be more right now',
    mend: 'Return { lines, cursor, more } also where there is nothing.',
  })
  return page
}

function expectOutside(lines: readonly string[], who: string): void {
  const seen = outside(lines)
  hold(isDeepStrictEqual(seen, OUTSIDE_LINES), () => ({
    seen: `${who} got ${seen.length} of ${OUTSIDE_LINES.length} lines that the job's own process printed, from ${shown(seen[0])} to ${shown(seen.at(-1))}`,
    must: "the provider's log has every line that the job's process prints, once and in order",
    mend: 'Keep both outputs of the process. A cursor must say exactly where to go on: a time alone does not, where several lines have it.',
  }))
}

/** Of the lines, those that are counted; with whatever the provider puts before them. */
function outside(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => /conformance outside \d+/.exec(line) ?? [])
}
