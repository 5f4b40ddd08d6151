import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { codeOf } from '@sidestep/core'
import { ResolverFactory } from 'rolldown/experimental'
import { transformSync } from 'rolldown/utils'
import { withSourceMap } from './erase-types.ts'

/** What Node leaves in TypeScript, on the engine that bundles steps: both must agree on what a file means. */
const COMPILED = /\.m?ts$/
/** Read for its syntax alone: Node does not say where in a JavaScript file it stumbles. */
const CHECKED = /\.m?js$/

let registered = false

/**
 * From now on, modules of the user's project may use all of TypeScript (enums, parameter properties, namespaces) and
 * the `paths` of their tsconfig.json. Files keep their URLs, and stack traces their lines.
 */
export function compileTypeScript(): void {
  if (registered) return
  registered = true
  process.setSourceMapsEnabled(true)
  const resolver = new ResolverFactory({
    tsconfig: 'auto',
    conditionNames: ['node', 'import'],
    extensions: ['.ts', '.mts', '.js', '.mjs', '.json'],
    extensionAlias: { '.js': ['.ts', '.js'], '.mjs': ['.mts', '.mjs'] },
  })
  registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context)
      } catch (error) {
        const importer = userFile(context.parentURL)
        if (importer === undefined || codeOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error
        const { path } = resolver.resolveFileSync(importer, specifier)
        if (path === undefined) throw error
        return { url: pathToFileURL(path).href, shortCircuit: true }
      }
    },
    load(url, context, next) {
      const file = userFile(url)
      if (file !== undefined && COMPILED.test(file))
        return { format: 'module', source: compile(file), shortCircuit: true }
      if (file !== undefined && CHECKED.test(file)) compile(file)
      return next(url, context)
    },
  })
}

/** The path behind the URL of a file that is not an installed package's. */
function userFile(url: string | undefined): string | undefined {
  if (url?.startsWith('file:') !== true || url.includes('/node_modules/')) return undefined
  return fileURLToPath(url)
}

function compile(file: string): string {
  const { code, map, errors } = transformSync(file, readFileSync(file, 'utf8'), { sourcemap: true })
  const [error] = errors
  if (error !== undefined) throw syntaxError(error, file)
  return withSourceMap(code, map)
}

/** Its stack is the place in the file. */
function syntaxError(
  error: Error & { readonly loc?: { readonly line: number; readonly column: number } },
  file: string,
): Error {
  const message = error.message.replace(/^\[\w+\] /, '').split('\n', 1)[0] ?? ''
  const place = error.loc === undefined ? file : `${file}:${error.loc.line}:${error.loc.column + 1}`
  return Object.assign(new SyntaxError(message), { stack: `SyntaxError: ${message}\n    at ${place}` })
}
