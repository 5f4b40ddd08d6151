import { existsSync, lstatSync, readdirSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'

import { fileOfId } from './rewrite-plugins.ts'
import type { ImportRequest } from './rolldown-build.ts'
import { packageNameOf, packageOf } from './source-path.ts'
import { readTypeScriptConfigs, type PathMapping } from './typescript-configs.ts'

export interface BundleInputs {
  /** Ids of everything that the bundler read, also on the way to the last build. */
  readonly files: readonly string[]
  /** What the bundler was asked for by the user's own sources, and what it did not find. */
  readonly imports: readonly ImportRequest[]
  /** Folder from which packages were looked for, beside those of the files. */
  readonly lookedFrom?: string | undefined
}

/** Packages are told to be native by them. */
const SIGNS_OF_NATIVE_PACKAGES = ['binding.gyp', 'prebuilds']

/**
 * Every path that would change a bundle if it changed, came up or went away: what was read, the manifests and
 * configurations around it, and the folders in which something else could now be found first. `undefined` where that
 * cannot be said.
 */
export async function inputPaths({
  files: ids,
  imports,
  lookedFrom,
}: BundleInputs): Promise<ReadonlySet<string> | undefined> {
  const files = new Set(ids.filter((id) => isAbsolute(id)).map((id) => withoutQuery(fileOfId(id))))
  const paths = new Set(files)
  const folders = new Set([...files].map((file) => dirname(file)))
  if (lookedFrom !== undefined) folders.add(lookedFrom)
  for (const folder of upwards(folders)) {
    paths.add(join(folder, 'package.json'))
    addPackagesFolder(join(folder, 'node_modules'), paths)
  }
  for (const file of files) {
    const { folder } = packageOf(file) ?? {}
    if (folder !== undefined) for (const sign of SIGNS_OF_NATIVE_PACKAGES) paths.add(join(folder, sign))
  }
  const own = new Set([...files].filter((file) => packageOf(file) === undefined).map((file) => dirname(file)))
  for (const folder of own) paths.add(folder)
  const configs = await readTypeScriptConfigs(upwards(own).map((folder) => join(folder, 'tsconfig.json')))
  if (configs === undefined) return undefined
  for (const path of configs.paths) paths.add(path)
  addPlaces(
    imports.flatMap((request) => placesOf(request, configs.mappings)),
    paths,
  )
  return paths
}

/** The folders and all above them. */
function upwards(folders: Iterable<string>): readonly string[] {
  const all = new Set<string>()
  for (const start of folders) {
    for (let folder = start; !all.has(folder); folder = dirname(folder)) all.add(folder)
  }
  return [...all]
}

function addPackagesFolder(folder: string, paths: Set<string>): void {
  if (paths.has(folder)) return
  paths.add(folder)
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder)) if (name.startsWith('@')) paths.add(join(folder, name))
}

/** Where an import could lead, as it is written. */
function placesOf({ importer, specifier }: ImportRequest, mappings: readonly PathMapping[]): readonly string[] {
  const path = withoutQuery(specifier)
  if (isAbsolute(path) || /^\.{1,2}(?:\/|$)/.test(path)) return [resolve(dirname(importer), path)]
  return packageNameOf(path) === undefined && !/^[@~#]/.test(path) ? [] : mappings.flatMap((places) => places(path))
}

/** The places themselves, the next folders above them, in which something else may come up, and the links on the way. */
function addPlaces(places: Iterable<string>, paths: Set<string>): void {
  const folders = new Set<string>()
  for (const place of places) {
    paths.add(place)
    folders.add(dirname(place))
  }
  const there = new Set<string>()
  for (let folder of folders) {
    for (; !existsSync(folder); folder = dirname(folder)) paths.add(folder)
    paths.add(folder)
    there.add(folder)
  }
  for (const folder of upwards(there)) {
    if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() === true) paths.add(folder)
  }
}

function withoutQuery(path: string): string {
  const at = path.indexOf('?')
  return at === -1 ? path : path.slice(0, at)
}
