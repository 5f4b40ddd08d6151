import { createRequire } from 'node:module'
import { relative } from 'node:path'
import type { Rolldown } from 'tsdown'

const EAGER = '\0builtin:'
const LAZY = '\0lazy-builtin:'
const WHOLE = '\0whole-builtin:'
const DECLARATIONS = /\.d\.[cm]?ts$/
const require = createRequire(import.meta.url)

export interface LeanBuiltins {
  /** Files that keep their imports: those that must run on any Node.js. */
  readonly except?: RegExp
  /** Files whose default imports are only loaded where they are used: Commander has one for programs that it never starts here. */
  readonly lazy?: RegExp
}

/**
 * Takes modules of Node.js without `import`. An `import` reads every property of such a module, also those that Node
 * makes on first use: of `node:process`, `node:fs` or `node:util` that takes longer than all else that a small command
 * does.
 */
export function leanBuiltins({ except, lazy }: LeanBuiltins = {}): Rolldown.Plugin {
  return {
    name: 'lean-builtins',
    resolveId: {
      order: 'pre',
      filter: { id: /^(?:\0whole-builtin:)?node:/ },
      handler: (id, importer, { kind }) => {
        if (id.startsWith(WHOLE)) return { id, external: false, moduleSideEffects: false }
        if (kind !== 'import-statement' || importer === undefined || DECLARATIONS.test(importer)) return null
        if (except?.test(importer) === true) return null
        const isLazy = id === 'node:child_process' && lazy?.test(importer) === true
        // One for each importer: shared, it would read what any of them uses, as it is for `stdin`, which costs much.
        return {
          id: isLazy ? LAZY + id : `${EAGER}${id}?${relative('.', importer)}`,
          external: false,
          moduleSideEffects: false,
        }
      },
    },
    load: {
      filter: { id: /^\0(?:lazy-|whole-)?builtin:/ },
      handler: (id) => {
        const [name = ''] = id.slice(id.indexOf('node:')).split('?')
        if (id.startsWith(WHOLE)) return { code: wholeModule(name) }
        return { code: id.startsWith(LAZY) ? lazyModule(name) : eagerModule(name) }
      },
    },
  }
}

/** What is not used of it falls out of the bundle, so it is never read. */
function eagerModule(name: string): string {
  return [
    `import all from '${WHOLE}${name}'`,
    'export { all as default }',
    ...keysOf(name).map((key) => `export const ${key} = /* @__PURE__ */ (() => all.${key})()`),
  ].join('\n')
}

/** Asked for once in a bundle: each time takes as long as to call a few functions of it. */
function wholeModule(name: string): string {
  return `export default /* @__PURE__ */ process.getBuiltinModule('${name}')`
}

function lazyModule(name: string): string {
  const getters = keysOf(name).map((key) => `get ${key}() { return process.getBuiltinModule('${name}').${key} }`)
  return `export default { ${getters.join(', ')} }`
}

function keysOf(name: string): readonly string[] {
  return Object.keys(require(name) as object).filter((key) => /^[A-Za-z_$][\w$]*$/.test(key) && key !== 'default')
}

/**
 * Loads the default exports of some packages on their first call. For packages whose modules do much when they are
 * loaded, and whose default export is a function.
 */
export function lazyFunctions(packages: readonly string[]): Rolldown.Plugin {
  const prefix = '\0lazy-function:'
  return {
    name: 'lazy-functions',
    resolveId: {
      order: 'pre',
      async handler(id, importer) {
        if (!packages.includes(id) || importer === undefined) return null
        const resolved = await this.resolve(id, importer, { skipSelf: true })
        return resolved === null ? null : { id: prefix + resolved.id, moduleSideEffects: false }
      },
    },
    load: {
      filter: { id: /^\0lazy-function:/ },
      // The bundler makes a function of a module that is required, and calls it where that is.
      handler: (id) => ({
        code: `let it; export default (...args) => (it ??= require(${JSON.stringify(id.slice(prefix.length))}).default)(...args)`,
      }),
    },
  }
}
