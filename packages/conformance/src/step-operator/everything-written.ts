import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'

import type { RunEvent } from '@sidestep/core'

import type { CaseRun } from './run-case.ts'

/** Something that was written or told. */
export interface Written {
  /** What it is, for people. */
  readonly where: string
  readonly bytes: Uint8Array
}

/** Everything of a run that others can read: its objects, its events and errors, and the files of its place. */
export async function* everythingWritten(
  { store, events, end }: CaseRun<unknown>,
  folder: string,
): AsyncGenerator<Written> {
  for await (const { key } of store.list('')) {
    const bytes = await store.get(key)
    if (bytes !== undefined) yield { where: `the object ${key} of the artifact store`, bytes }
  }
  for (const event of events) yield { where: `an event of the type ${event.type}`, bytes: bytesOf(event) }
  for (const error of errorsOf(events)) yield { where: 'the error of a step', bytes: bytesOf(error) }
  yield { where: 'the end of the run', bytes: bytesOf(end) }
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = await readIfThere(path)
    if (bytes !== undefined) yield { where: `the file ${path}`, bytes }
  }
}

/** As its JSON, and as it is printed. */
export function bytesOf(value: unknown): Uint8Array {
  const printed = inspect(value, { depth: 12, maxStringLength: Infinity, maxArrayLength: Infinity })
  return Buffer.from(`${JSON.stringify(value)}\n${printed}`)
}

function errorsOf(events: readonly RunEvent[]): readonly unknown[] {
  return events.flatMap((event) => ('error' in event && event.error !== undefined ? [event.error] : []))
}

/** What a job or its supervisor tidies up meanwhile is not there any more. */
async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path)
  } catch (error) {
    if ((error as { readonly code?: string }).code === 'ENOENT') return undefined
    throw error
  }
}
