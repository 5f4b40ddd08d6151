import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A user's project in a folder of its own, with Sidestep installed. */
export interface Project {
  readonly folder: string
  remove(): Promise<void>
}

/** Files by their path in the project. A `package.json` is made where none is given. */
export async function createProject(files: Readonly<Record<string, string>>): Promise<Project> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'sidestep-cli-')))
  const whole = { 'package.json': '{ "name": "project", "type": "module" }\n', ...files }
  for (const [path, text] of Object.entries(whole)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  await linkPackages(folder)
  return { folder, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }) }
}

/** Installs Sidestep in a folder. */
export async function linkPackages(folder: string): Promise<void> {
  await mkdir(join(folder, 'node_modules/@sidestep'), { recursive: true })
  for (const name of ['core', 'local']) {
    const source = fileURLToPath(new URL(`../../../${name}`, import.meta.url))
    await symlink(source, join(folder, 'node_modules/@sidestep', name))
  }
}
