import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A user's project in a folder of its own, with Sidestep installed. */
export interface Project {
  readonly folder: string
  remove(): Promise<void>
}

/**
 * Files by their path in the project. A `package.json` is made where none is given. `withHome`: whether `.sidestep` is there
 * from the beginning, with what homes share; default: true.
 */
export async function createProject(
  files: Readonly<Record<string, string>>,
  { withHome = true }: { readonly withHome?: boolean } = {},
): Promise<Project> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'sidestep-cli-')))
  const whole = { 'package.json': '{ "name": "project", "type": "module" }\n', ...files }
  for (const [path, text] of Object.entries(whole)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  await linkPackages(folder)
  if (withHome) await shareHome(folder)
  return { folder, remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }) }
}

/**
 * Homes of projects share what supervisors compile, the half of bundles that is none of the user's code, and what is known
 * of base images, as all runs of one project do: that is half of the time of a first run.
 */
async function shareHome(folder: string): Promise<void> {
  const shared = process.env['NODE_COMPILE_CACHE']
  if (shared === undefined) return
  const home = join(folder, '.sidestep')
  await symlinkTo(shared, join(home, 'compile-cache'))
  for (const name of ['bundles/runtimes', 'images/bases']) await symlinkTo(join(shared, name), join(home, name))
}

async function symlinkTo(target: string, path: string): Promise<void> {
  await mkdir(target, { recursive: true })
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await symlink(target, path)
}

/** Installs Sidestep in a folder. */
export async function linkPackages(folder: string): Promise<void> {
  await mkdir(join(folder, 'node_modules/@sidestep'), { recursive: true })
  for (const name of ['core', 'local']) {
    const source = fileURLToPath(new URL(`../../../${name}`, import.meta.url))
    await symlink(source, join(folder, 'node_modules/@sidestep', name))
  }
}
