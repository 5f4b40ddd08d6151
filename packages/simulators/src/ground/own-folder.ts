import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { isGone, thisOwner } from '../jobs/owner.ts'

const PREFIX = 'sidestep-simulator-'
const OWNER = 'owner'

/** A new temporary folder, marked as this process's. Removes those that simulators left that were killed. */
export async function ownFolder(): Promise<string> {
  await removeLeftovers()
  const folder = await mkdtemp(join(tmpdir(), PREFIX))
  await writeFile(join(folder, OWNER), thisOwner())
  return folder
}

/** One without an owner is just being made. */
async function removeLeftovers(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(PREFIX))
  for (const name of names) {
    const folder = join(tmpdir(), name)
    // Those of other users of the machine are theirs; and another simulator may remove this one at the same time.
    const owner = await readFile(join(folder, OWNER), 'utf8').catch(() => '')
    if (isGone(owner)) await rm(folder, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined)
  }
}
