const CONDITIONS: ReadonlySet<string> = new Set(['node', 'import', 'module-sync', 'default'])

/**
 * The target of a subpath (`.`, `./sub`) by Node's own rules for the `exports` of a package.json, relative to the
 * package; `undefined` where it exports no such thing to `import`.
 */
export function exportTarget(exports: unknown, subpath: string): string | undefined {
  return wantedOf(exports, subpath) ?? undefined
}

/** True for a path of a package that begins with `./` and stays in it, outside of its own `node_modules`. */
export function staysInPackage(path: string): boolean {
  const [first, ...parts] = path.split(/[\\/]|%2f|%5c/i)
  return (
    first === '.' && parts.length > 0 && !parts.some((part) => OUTSIDE.has(part.toLowerCase().replaceAll('%2e', '.')))
  )
}

const OUTSIDE: ReadonlySet<string> = new Set(['.', '..', 'node_modules'])

/** `null`: it says itself that there is none. */
function wantedOf(exports: unknown, subpath: string): string | null | undefined {
  if (!isRecord(exports) || Array.isArray(exports) || !Object.keys(exports).some((key) => key.startsWith('.'))) {
    return subpath === '.' ? targetOf(exports, '') : undefined
  }
  if (Object.hasOwn(exports, subpath) && !subpath.includes('*')) return targetOf(exports[subpath], '')
  const patterns = Object.keys(exports).filter((key) => matches(key, subpath))
  const best = patterns.toSorted((a, b) => b.indexOf('*') - a.indexOf('*') || b.length - a.length)[0]
  if (best === undefined) return undefined
  const [before = '', after = ''] = best.split('*')
  return targetOf(exports[best], subpath.slice(before.length, subpath.length - after.length))
}

function matches(pattern: string, subpath: string): boolean {
  const [before = '', after, more] = pattern.split('*')
  if (after === undefined || more !== undefined) return false
  return subpath.startsWith(before) && subpath.endsWith(after) && subpath.length >= pattern.length
}

/** The first target that the conditions of `import` come to. A `null` there ends the search; in a list, the next counts. */
function targetOf(target: unknown, inserted: string): string | null | undefined {
  if (target === null) return null
  if (typeof target === 'string') {
    const path = target.replaceAll('*', () => inserted)
    return staysInPackage(path) ? path : undefined
  }
  const isList = Array.isArray(target)
  const inside = isList
    ? (target as unknown[])
    : isRecord(target)
      ? Object.entries(target).flatMap(([key, value]) => (CONDITIONS.has(key) ? [value] : []))
      : []
  let last: null | undefined
  for (const next of inside) {
    const found = targetOf(next, inserted)
    if (typeof found === 'string' || (found === null && !isList)) return found
    if (found === null) last = null
  }
  return last
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
