import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

import { replaceFile } from '../atomic-file.ts'
import { sha256 } from '../canonical.ts'
import { readIfThere } from '../read-if-there.ts'

// One JSON object with the hash of the part that matters: a file that is damaged anywhere is none.
const PREFIX = '{"sha256":"'
const MIDDLE = '","kept":'
const SUFFIX = '}\n'
const START = PREFIX.length + 64 + MIDDLE.length

/** What {@link writeKept} wrote; `undefined` where there is nothing, or not the whole of it. */
export async function readKept(file: string): Promise<unknown> {
  const text = await readIfThere(file)
  if (text === undefined) return undefined
  const body = text.slice(START, -SUFFIX.length)
  return text === `${PREFIX}${sha256(body)}${MIDDLE}${body}${SUFFIX}` ? JSON.parse(body) : undefined
}

/** Keeps a value that JSON holds, with its hash. Makes the folder. */
export async function writeKept(file: string, value: unknown): Promise<void> {
  const text = JSON.stringify(value)
  await mkdir(dirname(file), { recursive: true })
  await replaceFile(file, `${PREFIX}${sha256(text)}${MIDDLE}${text}${SUFFIX}`, { durable: false })
}
