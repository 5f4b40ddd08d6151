import { extname, isAbsolute, normalize, sep } from 'node:path'
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
      'package.json says that .ts files are CommonJS',
      'End it with .mts, or write "type": "module" into package.json.',
    )
  }
}

function refused(file: string, why: string, hint: string): Error {
  return configError('CONFIG_INVALID', `the pipeline cannot be in ${JSON.stringify(file)}: ${why}`, hint)
}
