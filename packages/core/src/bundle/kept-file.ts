import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

import { replaceFile } from '../atomic-file.ts'
import { sha256 } from '../canonical.ts'
import { readBytesIfThere } from '../read-if-there.ts'

/** What a file keeps. */
export interface KeptFile {
  /** Any that JSON holds. */
  readonly value: unknown
  /** Kept as they are: text of hundreds of kilobytes takes longer to decode than all else that is done with it. */
  readonly bytes?: Buffer
}

/** In hexadecimal digits. */
const HASH_LENGTH = 64
const NEWLINE = 0x0a

/** What {@link writeKept} wrote; `undefined` where there is nothing, or not the whole of it. */
export async function readKept(file: string): Promise<Required<KeptFile> | undefined> {
  const all = await readBytesIfThere(file)
  if (all === undefined) return undefined
  // The hash of all that follows it: a file that is damaged anywhere is none.
  const kept = all.subarray(HASH_LENGTH + 1)
  if (all.toString('latin1', 0, HASH_LENGTH + 1) !== `${sha256(kept)}\n`) return undefined
  const end = kept.indexOf(NEWLINE)
  return { value: JSON.parse(kept.toString('utf8', 0, end)), bytes: kept.subarray(end + 1) }
}

/** Keeps it, with its hash. Makes the folder. */
export async function writeKept(file: string, { value, bytes = Buffer.alloc(0) }: KeptFile): Promise<void> {
  const kept = Buffer.concat([Buffer.from(`${JSON.stringify(value)}\n`), bytes])
  await mkdir(dirname(file), { recursive: true })
  await replaceFile(file, Buffer.concat([Buffer.from(`${sha256(kept)}\n`), kept]), { durable: false })
}
