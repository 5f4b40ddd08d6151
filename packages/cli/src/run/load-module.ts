import { pathToFileURL } from 'node:url'
import { codeOf } from '@sidestep/core'
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

async function importModule(url: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(url)) as Readonly<Record<string, unknown>>
  } catch (error) {
    if (!mayCompile(error)) throw error
    const { compileTypeScript } = await import('./compile-typescript.ts')
    compileTypeScript()
    return (await import(url)) as Readonly<Record<string, unknown>>
  }
}

function mayCompile(error: unknown): boolean {
  const code = codeOf(error)
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX' || code === 'ERR_MODULE_NOT_FOUND') return true
  // Node does not say where in a JavaScript file the mistake is; the compiler does.
  return error instanceof SyntaxError && error.stack?.startsWith('SyntaxError') === true
}
