// Runs inside of a project that has the packed packages: installs npm packages as a first build would, so that a measured one
// finds them. One argument: the JSON of what to install. Prints the folder of the installed packages.
import { join } from 'node:path'

import { installLock, resolveLock } from '@sidestep/core'

const { home, requirements } = JSON.parse(process.argv[2])
const { signal } = new AbortController()
const projectFolder = process.cwd()
const lock = await resolveLock(requirements, { projectFolder, folder: join(home, 'locks'), signal })
const folder = await installLock(lock, {
  folder: join(home, 'environments'),
  projectFolder,
  signal,
  platform: { os: 'linux', cpu: 'x64', libc: 'glibc' },
})
process.stdout.write(join(folder, 'node_modules'))
