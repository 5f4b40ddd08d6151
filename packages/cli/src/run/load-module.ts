import { pathToFileURL } from 'node:url'
import { importModule } from './import-module.ts'
import { moduleError } from './module-errors.ts'

export interface LoadedModule {
  /** Absolute path, without symbolic links. */
  readonly file: string
  /** File URL of the file: the entry of the bundles that jobs get. */
  readonly url: string
  readonly exports: Readonly<Record<string, unknown>>
}

/**
 * Imports the user's file as Node does. Where Node cannot (enums, parameter properties, the `paths` of a
 * tsconfig.json), the user's TypeScript is compiled on the way. Throws a `config` error where the file does not load.
 */
export async function loadModule(file: string, { cwd }: { readonly cwd: string }): Promise<LoadedModule> {
  const url = pathToFileURL(file).href
  try {
    return { file, url, exports: await importModule(url) }
  } catch (error) {
    throw moduleError(error, { file, cwd })
  }
}
