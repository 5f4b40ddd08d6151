import { mkdir } from 'node:fs/promises'

/** Makes a folder, and those above it, for its owner's eyes only. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
}
