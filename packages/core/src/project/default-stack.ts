import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

import { codeOf, configError } from '../errors.ts'
import { Stack } from '../stack/stack.ts'

const PACKAGE = '@sidestep/local'

/** What a user must know who steps into it without a choice. */
export const DEFAULT_STACK_NOTE =
  'on the stack default every step operator means this machine, and resources are not enforced'

const BRAND = Symbol.for('sidestep.built-in-stack@1')

interface LocalPackage {
  defaultStack(options: { readonly home: string }): unknown
}

/**
 * The stack of a project that has none: everything on this machine, by `@sidestep/local`. The package is looked for
 * from each place in turn (files or file URLs).
 */
export async function loadDefaultStack(home: string, places: readonly string[]): Promise<Stack> {
  for (const place of places) {
    const path = locate(place)
    if (path === undefined) continue
    const stack = ((await import(pathToFileURL(path).href)) as LocalPackage).defaultStack({ home })
    if (Stack.isInstance(stack)) return Object.defineProperty(stack, BRAND, { value: true })
    throw configError('PACKAGE_NOT_FOUND', `${path} does not give a stack`, `Install a current ${PACKAGE}.`)
  }
  throw configError(
    'PACKAGE_NOT_FOUND',
    `no stack was given, and ${PACKAGE} was not found from ${places.join(' or ')}`,
    `npm install ${PACKAGE}, or give a stack: run(input, { stack }).`,
  )
}

/** True for what {@link loadDefaultStack} of any loaded copy of this package gave. */
export function isDefaultStack(stack: Stack): boolean {
  return (stack as unknown as Readonly<Record<symbol, unknown>>)[BRAND] === true
}

function locate(place: string): string | undefined {
  try {
    return createRequire(place).resolve(PACKAGE)
  } catch (error) {
    if (codeOf(error) === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}
