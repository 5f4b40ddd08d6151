import { existsSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import { isLeftBehind, takeLease } from './lease.ts'

const LEASE = '.lease'
const PARTIAL = '.partial-'

/**
 * Makes what lies at a path, unless it is there: of all callers, in all processes, one calls `make`, and the others
 * wait for it; if it fails, the next one tries. `make` works in folders whose names begin with the prefix that it is
 * given, and puts the whole at the path last. Where its process dies, whoever makes something in the same folder next
 * removes what is left.
 */
export async function makeOnce(
  path: string,
  signal: AbortSignal,
  make: (partialPrefix: string) => Promise<void>,
): Promise<void> {
  const isDone = (): boolean => existsSync(path)
  if (isDone()) return
  await mkdir(dirname(path), { recursive: true })
  const lease = await takeLease(`${path}${LEASE}`, { isDone, signal })
  if (lease === undefined) return
  try {
    await removeLeftovers(dirname(path), basename(path))
    await make(`${path}${PARTIAL}`)
  } finally {
    await lease.release()
  }
}

/** What was begun under our name, and under those of processes that are gone. */
async function removeLeftovers(folder: string, ours: string): Promise<void> {
  const entries = await readdir(folder)
  const leases = entries.filter((it) => it.endsWith(LEASE) && it !== `${ours}${LEASE}`)
  const left = [ours]
  for (const lease of leases) {
    if (!(await isLeftBehind(join(folder, lease)))) continue
    left.push(lease.slice(0, -LEASE.length))
    await rm(join(folder, lease), { force: true })
  }
  const partial = entries.filter((it) => left.some((name) => it.startsWith(`${name}${PARTIAL}`)))
  await Promise.all(partial.map((it) => rm(join(folder, it), { recursive: true, force: true, maxRetries: 3 })))
}
