import { realpathSync } from 'node:fs'
import { isBuiltin, registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

/**
 * From now on, the bare imports (`sharp`, `@scope/name/deep`) of the file that this process was started with are looked
 * for as if the module at `url` asked for them: a bundle can be tried in another folder than the one whose packages it
 * uses. Packages go on finding their own dependencies.
 */
export function resolveBareImportsFrom(url: string): void {
  const bundle = pathToFileURL(realpathSync(process.argv[1] ?? '')).href
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const isOurs = context.parentURL === bundle && isBare(specifier)
      return nextResolve(specifier, isOurs ? { ...context, parentURL: url } : context)
    },
  })
}

function isBare(specifier: string): boolean {
  return !/^(?:\.{0,2}\/|\.{1,2}$|[a-z][a-z\d+.-]*:|#)/i.test(specifier) && !isBuiltin(specifier)
}
