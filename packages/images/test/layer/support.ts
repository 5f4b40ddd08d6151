import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { onTestFinished } from 'vitest'

import type { FileEntry, LayerEntry } from '../../src/layer/layer.ts'

export const never: AbortSignal = new AbortController().signal

/** Gone when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'layer-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function fileEntry(path: string, content: string | Uint8Array, executable = false): FileEntry {
  const bytes = Buffer.from(content)
  return { type: 'file', path, executable, size: bytes.length, open: () => Readable.from([bytes]) }
}

export async function all(entries: AsyncIterable<LayerEntry>): Promise<LayerEntry[]> {
  const found: LayerEntry[] = []
  for await (const entry of entries) found.push(entry)
  return found
}

export async function paths(entries: AsyncIterable<LayerEntry>): Promise<string[]> {
  return (await all(entries)).map(({ path }) => path).sort()
}

/** Whether a program is here. */
export function has(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
