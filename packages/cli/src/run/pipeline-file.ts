import { readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { configError } from '@sidestep/core'

const EXTENSIONS: readonly string[] = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']
const MAX_NAMED = 5

/**
 * The absolute path, without symbolic links, of the file that the user named. Throws a `config` error that says what
 * to name instead where it is missing, a folder, or no module.
 */
export function findPipelineFile(named: string, cwd: string): string {
  const path = resolve(cwd, named)
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) {
    throw configError('MODULE_NOT_FOUND', `there is no file ${named}`, nameInstead(dirname(path), dirname(named)))
  }
  if (stats.isDirectory()) {
    throw configError('MODULE_NOT_FOUND', `${named} is a folder, not a file`, nameInstead(path, named))
  }
  if (!EXTENSIONS.includes(extname(path))) {
    throw configError(
      'MODULE_NOT_FOUND',
      `${named} is not a module that Node can load`,
      `Name a file that ends in one of ${EXTENSIONS.join(', ')}.`,
    )
  }
  return realpathSync(path)
}

function nameInstead(folder: string, shown: string): string {
  const stats = statSync(folder, { throwIfNoEntry: false })
  if (stats?.isDirectory() !== true)
    return `There is no folder ${shown} either. The path is relative to the working directory.`
  const modules = readdirSync(folder)
    .filter((name) => EXTENSIONS.includes(extname(name)) && !/\.(?:d|test|spec|config)\.\w+$/.test(name))
    .toSorted((a, b) => Number(basename(b).startsWith('pipeline')) - Number(basename(a).startsWith('pipeline')))
  if (modules.length === 0) return 'Name the file that exports a pipeline, relative to the working directory.'
  const names = modules.slice(0, MAX_NAMED).map((name) => join(shown, name))
  return `Name the file that exports the pipeline; there is ${names.join(', ')}${modules.length > names.length ? ', …' : ''}.`
}
