import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { onTestFinished } from 'vitest'

/** A folder that is removed when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sidestep-local-'))
  onTestFinished(async () => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** Writes an ES module into a folder and returns its path. */
export async function writeScript(folder: string, name: string, source: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, source)
  return path
}
