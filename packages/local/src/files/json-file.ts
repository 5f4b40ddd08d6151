import { readFile } from 'node:fs/promises'

import { codeOf, createFile, replaceFile } from '@sidestep/core/files'

/** The value in a file that this package wrote, or `undefined` where there is no such file. */
export async function readJson<T>(path: string): Promise<T | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    throw error
  }
  return JSON.parse(text) as T
}

/** Writes or replaces a file, atomically. */
export async function writeJson(path: string, value: object): Promise<void> {
  await replaceFile(path, `${JSON.stringify(value, undefined, 2)}\n`)
}

/** Writes a file unless one is there; `false` where one is. */
export async function createJson(path: string, value: object): Promise<boolean> {
  return createFile(path, `${JSON.stringify(value, undefined, 2)}\n`)
}
