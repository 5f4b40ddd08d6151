import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { FlavorSource } from './stack-description.ts'

/**
 * Where another process can import what a module exports: from its package or one of its entries, or, where it belongs to the project or to
 * no package, from its file.
 *
 * @param module path or file URL; anything else is `undefined`
 */
export function flavorSource(module: string, projectFolder: string): FlavorSource | undefined {
  const path = module.startsWith('file:') ? fileURLToPath(module) : module
  if (!isAbsolute(path)) return undefined
  // Node names modules by their real paths.
  const project = existsSync(projectFolder) ? realpathSync(projectFolder) : projectFolder
  for (let folder = dirname(path); !contains(folder, project); folder = dirname(folder)) {
    const specifier = specifierOf(path, folder)
    if (specifier !== undefined) return { package: specifier }
  }
  return { file: relative(project, path).split(sep).join('/') }
}

function contains(folder: string, project: string): boolean {
  return project === folder || project.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`)
}

interface Manifest {
  readonly name?: string
  readonly exports?: unknown
  readonly main?: unknown
}

/**
 * What others import of a package: the entry that this file is, else the main one. A package.json below the package's
 * own may hold no more than a `type`.
 */
function specifierOf(path: string, folder: string): string | undefined {
  const file = join(folder, 'package.json')
  if (!existsSync(file)) return undefined
  const { name, exports, main } = JSON.parse(readFileSync(file, 'utf8')) as Manifest
  const hasEntry = exports !== undefined || main !== undefined || existsSync(join(folder, 'index.js'))
  if (name === undefined || !hasEntry) return undefined
  const target = `./${relative(folder, path).split(sep).join('/')}`
  const subpaths = entriesOf(exports).flatMap(([key, value]) => (targetsOf(value).includes(target) ? [key] : []))
  const [subpath = '.'] = subpaths.includes('.') ? [] : subpaths
  return `${name}${subpath.slice(1)}`
}

function entriesOf(exports: unknown): (readonly [subpath: string, target: unknown])[] {
  const isBySubpath = typeof exports === 'object' && exports !== null && !Array.isArray(exports)
  return isBySubpath ? Object.entries(exports).filter(([key]) => key.startsWith('.') && !key.includes('*')) : []
}

/** Under whatever conditions. */
function targetsOf(target: unknown): unknown[] {
  return typeof target === 'object' && target !== null ? Object.values(target).flatMap(targetsOf) : [target]
}
