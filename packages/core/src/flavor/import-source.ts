import { codeOf, messageOf } from '../errors.ts'
import { flavorError } from './flavor-error.ts'

/** Imports a module by its file URL; a program that can run more than Node does brings its own. */
export type ImportModule = (url: string) => Promise<Readonly<Record<string, unknown>>>

/** As Node does. */
export async function importAsNode(url: string): Promise<Readonly<Record<string, unknown>>> {
  return (await import(url)) as Readonly<Record<string, unknown>>
}

/** Imports the module of a flavor. Rejects with a `FLAVOR_INVALID` error that says why it does not load. */
export async function importSource(
  url: string,
  shown: string,
  importModule: ImportModule = importAsNode,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await importModule(url)
  } catch (error) {
    throw flavorError(shown, `does not load: ${messageOf(error)}`, hintOf(error), error)
  }
}

function hintOf(error: unknown): string {
  switch (codeOf(error)) {
    case 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING':
      return 'Node.js runs no TypeScript of installed packages: the package must publish JavaScript.'
    case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX':
      return 'Node.js runs TypeScript whose types can be left out: no enum, namespace or parameter property.'
    case 'ERR_MODULE_NOT_FOUND':
    case 'MODULE_NOT_FOUND':
      return messageOf(error).includes('@sidestep/core')
        ? 'npm install @sidestep/core'
        : 'Install the package that it imports, or correct the path: Node.js wants file extensions.'
    case 'ERR_UNKNOWN_FILE_EXTENSION':
      return 'Name a file that Node.js runs: .ts, .mts, .js, .mjs or .cjs.'
    default:
      return error instanceof SyntaxError
        ? 'Correct the file.'
        : 'The module must load without side effects that can fail.'
  }
}
