import { randomUUID } from 'node:crypto'
import { link, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { codeOf } from './errors.ts'

/** Writes a file that is there as a whole or not at all. Whether it was this call that put it there. */
export async function putFileIfAbsent(path: string, text: string): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true })
  const draft = join(dirname(path), `.draft-${randomUUID()}`)
  try {
    await writeFile(draft, text)
    await link(draft, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}
