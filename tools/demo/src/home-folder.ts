import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PREFIX = 'sidestep-demo-'
const OF_PROCESS = new RegExp(`^${PREFIX}(\\d+)-`)

/** A new folder for the runs of this process, whose pid is in its name. Removes those of demos that were killed. */
export async function homeFolder(parent: string = tmpdir()): Promise<string> {
  for (const name of await readdir(parent)) {
    const [, pid] = OF_PROCESS.exec(name) ?? []
    if (pid === undefined || isAlive(Number(pid))) continue
    // Those of other users of the machine are theirs; and another demo may remove this one at the same time.
    await rm(join(parent, name), { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined)
  }
  return mkdtemp(join(parent, `${PREFIX}${process.pid}-`))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is somebody else's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
