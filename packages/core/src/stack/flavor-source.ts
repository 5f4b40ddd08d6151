import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { FlavorSource } from './stack-description.ts'

/**
 * Where another process can import what a module exports: from its package, or, where it belongs to the project or to
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
    const name = packageAt(folder)
    if (name !== undefined) return { package: name }
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

/** Of a package that others can import. A package.json below it may hold no more than a `type`. */
function packageAt(folder: string): string | undefined {
  const file = join(folder, 'package.json')
  if (!existsSync(file)) return undefined
  const { name, exports, main } = JSON.parse(readFileSync(file, 'utf8')) as Manifest
  const hasEntry = exports !== undefined || main !== undefined || existsSync(join(folder, 'index.js'))
  return hasEntry ? name : undefined
}
