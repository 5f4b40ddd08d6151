import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '@sidestep/core/project'
import type { Answer } from '../commands/answer.ts'
import { version } from '../version.ts'

const LOCK_FILES = { 'pnpm-lock.yaml': 'pnpm', 'yarn.lock': 'yarn', 'bun.lock': 'bun' } as const

/** A build of a version that no registry has. */
const UNPUBLISHED =
  'This is an unpublished version of Sidestep, so no registry has its packages: install them from packed files, `npm install PATH/sidestep-*.tgz`.'

/** The program that installs packages there: the one whose lock file is there, else npm. */
export function packageManagerOf(folder: string): string {
  const [, manager = 'npm'] = Object.entries(LOCK_FILES).find(([file]) => existsSync(join(folder, file))) ?? []
  return manager
}

/** Installs the packages of a project. What is printed goes to stderr. Resolves to whether it went well. */
export async function installPackages(folder: string, answer: Answer): Promise<boolean> {
  const manager = packageManagerOf(folder)
  const child = spawn(manager, ['install'], { cwd: folder, stdio: ['ignore', process.stderr, process.stderr] })
  try {
    const [exitCode] = (await once(child, 'exit')) as [number | null]
    if (exitCode === 0) return true
    answer.note([
      `${manager} install failed with ${exitCode ?? 'a signal'}: the files are written, the packages are not installed`,
      ...(version().startsWith('0.0.0') ? [UNPUBLISHED] : []),
    ])
  } catch (error) {
    answer.note([
      `${manager} cannot be started: ${messageOf(error)}. The files are written, the packages are not installed.`,
    ])
  }
  return false
}
