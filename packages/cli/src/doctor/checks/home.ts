import { existsSync, statSync } from 'node:fs'
import { mkdtemp, open, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { formatBytes } from '@sidestep/core'
import { messageOf } from '@sidestep/core/project'
import { shellWord } from '../../view/shell-word.ts'
import type { Check, Outcome } from '../check.ts'
import { existingFolder } from '../existing-folder.ts'

const OTHER_HOME = 'or set SIDESTEP_HOME to another folder.'
/** Below this, in bytes, a run soon has no room for its results. */
const LITTLE = 1024 ** 3
/** Below this, in bytes, not even the journal of a run. */
const TOO_LITTLE = 16 * 1024 ** 2

/** The home folder, or where it would be made: by a real file that is written, and taken away again. */
export const homeCheck: Check = {
  name: 'home folder',
  tried: 'writing a file into it',
  run: async ({ project: { home } }) => {
    const isThere = existsSync(home)
    if (isThere && !statSync(home).isDirectory()) {
      return [{ state: 'problem', found: `${home} is no folder`, hint: `Move it aside, ${OTHER_HOME}` }]
    }
    const folder = isThere ? home : existingFolder(home)
    try {
      await writeAndRemove(folder)
    } catch (error) {
      return [
        {
          state: 'problem',
          found: `${isThere ? home : `${home} cannot be made, for ${folder}`} cannot be written to: ${messageOf(error)}`,
          hint: `Give this user the right to write there, make room, ${OTHER_HOME}`,
        },
      ]
    }
    if (!isThere) return [{ state: 'ok', found: `${home} is not there yet, and can be made` }]
    return [{ state: 'ok', found: home }, ...(await modeOf(home))]
  },
}

/** Room for results and environments. */
export const diskCheck: Check = {
  name: 'disk',
  tried: 'how much room the home folder has',
  run: async ({ project: { home } }) => {
    const { bavail, bsize } = await statfs(existingFolder(home))
    return [roomOutcome(bavail * bsize)]
  },
}

/** What so many free bytes mean. */
export function roomOutcome(free: number): Outcome {
  const found = `${formatBytes(free)} are free`
  if (free >= LITTLE) return { state: 'ok', found }
  return { state: free < TOO_LITTLE ? 'problem' : 'warning', found, hint: `Make room on the disk, ${OTHER_HOME}` }
}

async function modeOf(home: string): Promise<Outcome[]> {
  const mode = (await stat(home)).mode & 0o777
  if ((mode & 0o077) === 0) return []
  return [
    {
      state: 'warning',
      found: `other users may look into it: its mode is 0${mode.toString(8)}`,
      hint: `Keep inputs, results and logs to yourself: chmod 700 ${shellWord(home)}`,
    },
  ]
}

async function writeAndRemove(folder: string): Promise<void> {
  const made = await mkdtemp(join(folder, '.sidestep-doctor-'))
  try {
    const file = await open(join(made, 'written'), 'wx', 0o600)
    await file.writeFile('x'.repeat(4096))
    // A full disk, or a quota, may say so only now.
    await file.sync()
    await file.close()
  } finally {
    await rm(made, { recursive: true, force: true })
  }
}
