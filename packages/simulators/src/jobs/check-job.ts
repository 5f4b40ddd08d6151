import { isAbsolute, posix } from 'node:path'

import { parseImageName } from './image-name.ts'
import type { JobToRun } from './job.ts'

/** The longest timer of Node.js, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1

/** Throws a `RangeError` for a job that cannot be run anywhere. Pure. */
export function checkJob({ name, image, folders, memoryBytes, cpus, graceMs }: JobToRun): void {
  if (!/^[A-Za-z0-9-]{1,128}$/.test(name)) throw new RangeError(`${JSON.stringify(name)} is no name of a job`)
  parseImageName(image)
  checkFolders(folders)
  if (memoryBytes !== undefined && !(Number.isSafeInteger(memoryBytes) && memoryBytes > 0)) {
    throw new RangeError(`a job cannot have ${memoryBytes} bytes of memory`)
  }
  if (cpus !== undefined && !(cpus > 0 && Number.isFinite(cpus)))
    throw new RangeError(`a job cannot have ${cpus} cores`)
  if (!(graceMs >= 0 && graceMs <= LONGEST_MS)) throw new RangeError(`a grace cannot be ${graceMs} milliseconds`)
}

function checkFolders(folders: Readonly<Record<string, string>>): void {
  const seen = Object.keys(folders)
  for (const path of seen) {
    if (!path.startsWith('/') || path === '/' || path !== posix.normalize(path) || path.endsWith('/')) {
      throw new RangeError(`${path} is no folder that a job can see: write it as /opt/ml`)
    }
    const source = folders[path] ?? ''
    if (!isAbsolute(source)) throw new RangeError(`${source}, for ${path}, is no absolute path`)
    const outer = seen.find((other) => path.startsWith(`${other}/`))
    if (outer !== undefined) throw new RangeError(`${path} lies in ${outer}, and both are folders of the job`)
  }
}
