import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { messageOf } from '../errors.ts'
import { nearestName } from '../nearest-name.ts'
import { checkCoreVersion } from './core-version.ts'
import { flavorError } from './flavor-error.ts'
import { locateManifest, locatePackage } from './locate-package.ts'
import { parseManifest } from './package-manifest.ts'
import { isFilePath, splitSpecifier, type SourcePath } from './source-path.ts'

/** The URL of a source path's module. Rejects with a `FLAVOR_INVALID` error where there is no such module. */
export async function locateSource(source: SourcePath, projectFolder: string): Promise<string> {
  const { module } = source
  if (isFilePath(module)) return locateFile(module, projectFolder)
  return locatePackageModule(source, projectFolder)
}

/** The URL of a file of the project. Throws a `FLAVOR_INVALID` error where there is none. */
export function locateFile(module: string, projectFolder: string): string {
  const path = resolve(projectFolder, module)
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats?.isFile() === true) return pathToFileURL(realpathSync(path)).href
  if (stats !== undefined) throw flavorError(module, `is no file: ${path}`, 'Name the file that exports the class.')
  const near = nearestFile(path)
  throw flavorError(
    module,
    `was not found: there is no file ${path}`,
    near === undefined
      ? `The path is relative to ${projectFolder}.`
      : `Did you mean ${module.slice(0, module.length - basename(module).length)}${near}?`,
  )
}

function nearestFile(path: string): string | undefined {
  const wanted = basename(path)
  try {
    const names = readdirSync(dirname(path))
    return names.find((name) => name.startsWith(`${wanted}.`)) ?? nearestName(wanted, names)
  } catch {
    // Only a suggestion is missing where the folder is missing too, or is not to be read.
    return undefined
  }
}

async function locatePackageModule({ module, export: name }: SourcePath, projectFolder: string): Promise<string> {
  const { name: packageName, subpath } = splitSpecifier(module)
  const from = join(projectFolder, 'package.json')
  const manifestPath = locateManifest(packageName, from)
  if (manifestPath === undefined) {
    const isFile = statSync(resolve(projectFolder, module), { throwIfNoEntry: false })?.isFile() === true
    throw flavorError(
      module,
      `was not found: the package ${packageName} is not installed in ${projectFolder}`,
      isFile ? `For the file of the project, write ./${module}#${name}.` : `npm install ${packageName}`,
    )
  }
  let url: string | undefined
  try {
    url = locatePackage(module, from)
  } catch (error) {
    throw flavorError(
      module,
      `was not found: ${manifestPath} exports no ${subpath === '.' ? 'main entry' : subpath}: ${messageOf(error)}`,
      'Name one of the entries that the package exports.',
      error,
    )
  }
  if (url === undefined || statSync(new URL(url), { throwIfNoEntry: false })?.isFile() !== true) {
    const hint = `npm install ${packageName} again, or build the package.`
    throw flavorError(module, `was not found: its package has no file ${url ?? subpath}`, hint)
  }
  await checkCoreVersion(parseManifest(readFileSync(manifestPath, 'utf8')), packageName)
  return url
}
