import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

export interface NpmFiles {
  /** Text of package.json. */
  readonly manifest: string
  /** Text of package-lock.json. */
  readonly lock?: string
}

/** A new folder for npm to work in, with the project's own npm settings. Whoever asks for it removes it. */
export async function createNpmFolder(
  prefix: string,
  { manifest, lock }: NpmFiles,
  projectFolder: string,
): Promise<string> {
  await mkdir(dirname(prefix), { recursive: true })
  const folder = await mkdtemp(prefix)
  await writeFile(join(folder, 'package.json'), manifest)
  if (lock !== undefined) await writeFile(join(folder, 'package-lock.json'), lock)
  const settings = npmSettingsOf(projectFolder)
  if (settings !== undefined) {
    // They may hold tokens: a link leaves none behind, however this process ends.
    await symlink(resolve(settings), join(folder, '.npmrc'))
  }
  return folder
}

/** Only npm needs the project's settings. */
export async function removeNpmSettings(folder: string): Promise<void> {
  await rm(join(folder, '.npmrc'), { force: true })
}

/** The nearest .npmrc upwards; npm reads the user's own by itself. */
function npmSettingsOf(projectFolder: string): string | undefined {
  for (let folder = projectFolder; folder !== homedir(); folder = dirname(folder)) {
    const file = join(folder, '.npmrc')
    if (existsSync(file)) return file
    if (folder === dirname(folder)) return undefined
  }
  return undefined
}
