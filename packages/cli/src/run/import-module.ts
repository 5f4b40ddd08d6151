import { fileURLToPath } from 'node:url'
import { codeOf, configError } from '@sidestep/core/project'
import { unlessStalled } from './stalled.ts'

/**
 * Imports a module by its file URL as Node does. Where Node cannot (enums, parameter properties, the `paths` of a
 * tsconfig.json), the user's TypeScript is compiled on the way.
 */
export async function importModule(url: string): Promise<Readonly<Record<string, unknown>>> {
  if (TYPESCRIPT.test(url)) (await import('./erase-types.ts')).eraseTypes()
  try {
    return (await import(url)) as Readonly<Record<string, unknown>>
  } catch (error) {
    if (!mayCompile(error)) throw error
    const { compileTypeScript } = await import('./compile-typescript.ts')
    compileTypeScript()
    return (await import(url)) as Readonly<Record<string, unknown>>
  }
}

/** The same for the module of a flavor or an integration; one whose top level waits for nothing is an error. */
export async function importFlavor(url: string): Promise<Readonly<Record<string, unknown>>> {
  return unlessStalled(importModule(url), () =>
    configError('MODULE_LOAD_FAILED', `${fileURLToPath(url)} waits for a promise that nothing can settle any more`),
  )
}

const TYPESCRIPT = /\.m?ts$/

/** Below a line of code, in front of the trace: the place is known. */
const HAS_CARET = /\n\s*\^+\n/

function mayCompile(error: unknown): boolean {
  const code = codeOf(error)
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX' || code === 'ERR_MODULE_NOT_FOUND') return true
  // Node does not say where in a JavaScript file the mistake is, nor where a file ends too early; the compiler does.
  return error instanceof SyntaxError && !HAS_CARET.test(error.stack ?? '')
}
