import { existsSync } from 'node:fs'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { configError, parseSourcePath } from '@sidestep/core/project'

/**
 * A source path as it is typed in a folder, as it stands in the file of the project: paths are relative to the folder of
 * that file. Throws a `FLAVOR_INVALID` error where it is none.
 */
export function sourceInProject(
  typed: string,
  { cwd, projectFolder }: { readonly cwd: string; readonly projectFolder: string },
): string {
  const end = typed.lastIndexOf('#')
  const module = end === -1 ? typed : typed.slice(0, end)
  const fragment = end === -1 ? '' : typed.slice(end)
  if (isAbsolute(module)) return inProject(module, fragment, projectFolder)
  if (!/^\.\.?\//.test(module) && /\.[cm]?[jt]s$/.test(module) && existsSync(resolve(cwd, module))) {
    throw configError('FLAVOR_INVALID', `${typed} reads as a package, and it is a file`, `Write ./${typed}`)
  }
  const source = parseSourcePath(typed)
  if (!/^\.\.?\//.test(source.module)) return typed
  return inProject(resolve(cwd, source.module), `#${source.export}`, projectFolder)
}

function inProject(file: string, fragment: string, projectFolder: string): string {
  const path = relative(projectFolder, file).split(sep).join('/')
  const text = `${path.startsWith('../') ? path : `./${path}`}${fragment}`
  parseSourcePath(text)
  return text
}
