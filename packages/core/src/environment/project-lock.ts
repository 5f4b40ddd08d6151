import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { sha256 } from '../canonical.ts'
import { configError } from '../errors.ts'
import type { Lock } from './npm-lock.ts'

const NPM_LOCKS = ['npm-shrinkwrap.json', 'package-lock.json']
const OTHER_LOCKS = ['pnpm-lock.yaml', 'yarn.lock', 'bun.lock', 'bun.lockb']
/** What `npm ci` compares with the lock. */
const COMPARED = [
  'name',
  'version',
  'dependencies',
  'optionalDependencies',
  'peerDependencies',
  'devDependencies',
  'overrides',
] as const

interface LockPackages {
  readonly packages?: Readonly<Record<string, { readonly link?: boolean; readonly resolved?: string }>>
}

/** What `requirements: 'lockfile'` means: the nearest package-lock.json upwards. Throws `config` errors. */
export async function readProjectLock(projectFolder: string): Promise<Lock> {
  const { folder, name } = findLock(projectFolder)
  const manifestPath = join(folder, 'package.json')
  if (!existsSync(manifestPath)) throw unusable(`${join(folder, name)} has no package.json beside it`)
  const [text, manifest] = await Promise.all([readFile(join(folder, name), 'utf8'), readFile(manifestPath, 'utf8')])
  const { packages = {} } = JSON.parse(text) as LockPackages
  const local = Object.entries(packages).find(
    ([, { link, resolved = '' }]) => link === true || resolved.startsWith('file:'),
  )
  if (local !== undefined) {
    throw unusable(`${join(folder, name)} points to a folder of this machine (${local[0]}), which a job does not have`)
  }
  const fields = JSON.parse(manifest) as Record<string, unknown>
  const compared = Object.fromEntries(COMPARED.filter((key) => key in fields).map((key) => [key, fields[key]]))
  return { text, sha256: sha256(text), manifest: `${JSON.stringify({ ...compared, private: true }, undefined, 2)}\n` }
}

function findLock(projectFolder: string): { readonly folder: string; readonly name: string } {
  for (let folder = projectFolder; ; folder = dirname(folder)) {
    const name = NPM_LOCKS.find((it) => existsSync(join(folder, it)))
    if (name !== undefined) return { folder, name }
    const other = OTHER_LOCKS.find((it) => existsSync(join(folder, it)))
    if (other !== undefined)
      throw unusable(`the project has ${join(folder, other)}, and a job's environment is made by npm`)
    if (folder === dirname(folder))
      throw unusable(`${projectFolder} has no package-lock.json, nor has a folder above it`)
  }
}

function unusable(why: string): Error {
  return configError(
    'REQUIREMENTS_UNRESOLVED',
    `requirements: 'lockfile' cannot be used: ${why}`,
    "List what the step needs instead, as in requirements: ['name@1.2.3'], or commit a package-lock.json.",
  )
}
