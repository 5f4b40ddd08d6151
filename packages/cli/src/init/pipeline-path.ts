import { type Dirent, readdirSync, readFileSync } from 'node:fs'
import { extname, isAbsolute, join, normalize, sep } from 'node:path'
import { configError } from '@sidestep/core/project'

/** Where the pipeline lies where nobody says otherwise. In a CommonJS package, `.mts` is what makes it a module. */
export function defaultPipelineFile(type: string | undefined): string {
  return type === 'commonjs' ? 'src/pipeline.mts' : 'src/pipeline.ts'
}

/** Throws a `config` error where the file could not be run there. `type` is what package.json says of its modules. */
export function checkPipelineFile(file: string, type?: string): void {
  const parts = normalize(file).split(sep)
  if (isAbsolute(file) || parts[0] === '..' || file.endsWith('/') || file.includes('\0')) {
    throw refused(
      file,
      'it is not inside of the project',
      'Name a file relative to the folder: --pipeline src/pipeline.ts',
    )
  }
  if (parts.includes('node_modules')) {
    throw refused(file, 'Node.js runs no TypeScript in node_modules', 'Name another folder: --pipeline src/pipeline.ts')
  }
  if (!['.ts', '.mts'].includes(extname(file))) {
    throw refused(file, 'it is written in TypeScript', 'End it with .ts or .mts: --pipeline src/pipeline.ts')
  }
  if (type === 'commonjs' && extname(file) === '.ts') {
    throw refused(
      file,
      'package.json has no "type": "module", so a .ts file is CommonJS',
      'End it with .mts; or, where all code of the package is modules, write "type": "module" into package.json.',
    )
  }
}

/** A file is looked at only where the project has no more of them before it. */
const MAX_FILES = 1_000

/** The first file of a folder, by its path, that makes a pipeline; relative to the folder. `undefined` where none does. */
export function findPipelineFile(folder: string): string | undefined {
  let left = MAX_FILES
  const look = (below: string): string | undefined => {
    for (const entry of entriesOf(join(folder, below))) {
      const path = join(below, entry.name)
      if (entry.isDirectory()) {
        if (entry.name === 'node_modules' || entry.name.startsWith('.')) continue
        const found = look(path)
        if (found !== undefined) return found
      } else if (entry.isFile() && /\.m?ts$/.test(entry.name) && left-- > 0 && makesPipeline(join(folder, path))) {
        return path
      }
    }
    return undefined
  }
  return look('')
}

/** What cannot be read has nothing: it is only looked for. */
function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  } catch {
    return []
  }
}

function makesPipeline(path: string): boolean {
  try {
    const text = readFileSync(path, 'utf8')
    return /['"]@sidestep\/core['"]/.test(text) && /\bpipeline\s*\(/.test(text)
  } catch {
    return false
  }
}

function refused(file: string, why: string, hint: string): Error {
  return configError('CONFIG_INVALID', `the pipeline cannot be in ${JSON.stringify(file)}: ${why}`, hint)
}
