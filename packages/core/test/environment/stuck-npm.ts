import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { onTestFinished, vi } from 'vitest'

import { findProcess } from '../../src/process.ts'
import type { Place } from './registry.ts'

/** An npm that never ends, and has a child that does not either. */
export interface StuckNpm {
  /** Holds their pids once they run. */
  readonly pidsFile: string
  /** Waits until they run: the child, and npm. */
  readonly started: () => Promise<readonly number[]>
  /** Gives the real npm back. */
  readonly remove: () => void
}

/** Puts such an npm on the PATH of this process. */
export async function installStuckNpm(place: Place): Promise<StuckNpm> {
  const bin = join(place.folder, 'bin')
  const pidsFile = join(place.folder, 'pids')
  await mkdir(bin)
  await writeFile(
    join(bin, 'npm'),
    `#!/bin/sh\nmkdir -p node_modules/half\n/bin/sleep 1000 &\necho $! $$ > ${pidsFile}.new\n/bin/mv ${pidsFile}.new ${pidsFile}\nwait\n`,
  )
  await chmod(join(bin, 'npm'), 0o755)
  vi.stubEnv('PATH', `${bin}:/usr/bin:/bin`)
  const remove = (): void => void vi.unstubAllEnvs()
  onTestFinished(remove)
  const started = async (): Promise<readonly number[]> => {
    const pids = await vi.waitFor(() => readFile(pidsFile, 'utf8'), { timeout: 30_000 })
    return pids.trim().split(' ').map(Number)
  }
  return { pidsFile, started, remove }
}

export function isAlive(pid: number): boolean {
  return findProcess(pid) !== undefined
}
