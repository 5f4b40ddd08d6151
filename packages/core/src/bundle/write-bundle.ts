import { randomUUID } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { replaceFile } from '../atomic-file.ts'
import { sha256 } from '../canonical.ts'
import { codeOf } from '../errors.ts'

/** Puts a bundle under its hash. Others may do the same at the same time: the file is there as a whole or not at all. */
export async function writeBundle(folder: string, code: Uint8Array): Promise<{ path: string; sha256: string }> {
  const hash = sha256(code)
  const path = join(folder, `${hash}.mjs`)
  if (await hasBundle(folder, hash)) return { path, sha256: hash }
  await mkdir(folder, { recursive: true })
  const temporaryFile = join(folder, `.${hash}.${process.pid}.${randomUUID()}`)
  // Its hash is checked whenever it is taken again.
  await replaceFile(path, code, { temporaryFile, durable: false })
  return { path, sha256: hash }
}

/** Whether the whole bundle lies there. */
export async function hasBundle(folder: string, hash: string): Promise<boolean> {
  return (await hashOfFile(join(folder, `${hash}.mjs`))) === hash
}

async function hashOfFile(path: string): Promise<string | undefined> {
  try {
    return sha256(await readFile(path))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}
