import { nearestName } from '../nearest-name.ts'
import { quoted } from '../stack/component-name.ts'
import { isComponentClass } from '../stack/component.ts'
import { isFlavor } from './define-flavor.ts'
import { flavorError } from './flavor-error.ts'

type Exports = Readonly<Record<string, unknown>>

/** So many exports are listed by name. */
const LISTED = 20

/** What a module exports by a name, CommonJS modules too. Throws a `FLAVOR_INVALID` error that lists what it exports. */
export function pickExport(exports: Exports, name: string, module: string): unknown {
  const all = allExports(exports)
  if (Object.hasOwn(all, name)) return all[name]
  // What is inside of a default export may be a CommonJS module's export, or anything: a pipeline has `run` and `name`.
  const names = Object.keys(all).filter(
    (it) => Object.hasOwn(exports, it) || isFlavor(all[it]) || isComponentClass(all[it]),
  )
  const nearest = nearestName(name, names)
  const listed = names.slice(0, LISTED).map(quoted).join(', ') + (names.length > LISTED ? ', …' : '')
  throw flavorError(
    module,
    `has no export ${quoted(name)}`,
    names.length === 0
      ? 'It exports nothing: write `export` before the class.'
      : `${nearest === undefined ? '' : `Did you mean ${nearest}? `}It exports ${listed}.`,
  )
}

/** A CommonJS module is its own default export, and may hide names from `import` there. */
export function allExports(exports: Exports): Exports {
  const { default: whole, 'module.exports': _again, ...named } = exports
  const isModule = typeof whole === 'object' && whole !== null
  const inside = isModule ? (Object.fromEntries(Object.entries(whole)) as Exports) : {}
  // Compiled from `export default`, it has that as a property.
  const isCompiled = isModule && Object.hasOwn(inside, 'default') && '__esModule' in whole
  const { __esModule: _mark, ...rest } = { ...inside, ...named }
  return Object.hasOwn(exports, 'default') ? { ...rest, default: isCompiled ? inside['default'] : whole } : rest
}
