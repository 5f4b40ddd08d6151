import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { RegisteredSource } from './component.ts'
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
  const project = realFolder(projectFolder)
  for (let folder = dirname(path); !contains(folder, project); folder = dirname(folder)) {
    const specifier = specifierOf(path, folder)
    if (specifier !== undefined) return { package: specifier }
  }
  return { file: fileIn(project, path) }
}

/** The same of a flavor that was registered: it is imported again from where it was. */
export function registeredSource({ module, export: name }: RegisteredSource, projectFolder: string): FlavorSource {
  return module.startsWith('file:')
    ? { file: fileIn(realFolder(projectFolder), fileURLToPath(module)), export: name }
    : { package: module, export: name }
}

/** Node names modules by their real paths. */
function realFolder(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : folder
}

function fileIn(folder: string, path: string): string {
  return relative(folder, path).split(sep).join('/')
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
  const entries = entriesOf(exports)
  const subpaths = entries.flatMap(([key, value]) => (targetsOf(value).includes(target) ? [key] : []))
  const patterns = entries.flatMap(([key, value]) => (key.includes('*') ? filledIn(key, targetsOf(value), target) : []))
  const [subpath = '.'] = subpaths.includes('.') ? [] : [...subpaths, ...patterns]
  return `${name}${subpath.slice(1)}`
}

/** The subpaths of a pattern such as `./*` by which a file is one of its targets, `./dist/*.js`. */
function filledIn(pattern: string, targets: readonly unknown[], file: string): string[] {
  return targets.flatMap((target) => {
    const [before = '', after, more] = typeof target === 'string' ? target.split('*') : []
    if (after === undefined || more !== undefined || file.length <= before.length + after.length) return []
    if (!file.startsWith(before) || !file.endsWith(after)) return []
    return [pattern.replace('*', () => file.slice(before.length, file.length - after.length))]
  })
}

function entriesOf(exports: unknown): (readonly [subpath: string, target: unknown])[] {
  const isBySubpath = typeof exports === 'object' && exports !== null && !Array.isArray(exports)
  return isBySubpath ? Object.entries(exports).filter(([key]) => key.startsWith('.')) : []
}

/** Under whatever conditions. */
function targetsOf(target: unknown): unknown[] {
  return typeof target === 'object' && target !== null ? Object.values(target).flatMap(targetsOf) : [target]
}
