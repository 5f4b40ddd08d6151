const CONDITIONS: ReadonlySet<string> = new Set(['node', 'import', 'module-sync', 'default'])

/**
 * The target of a subpath (`.`, `./sub`) by Node's own rules for the `exports` of a package.json, relative to the
 * package; `undefined` where it exports no such thing to `import`.
 */
export function exportTarget(exports: unknown, subpath: string): string | undefined {
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

/** The first target that the conditions of `import` come to. */
function targetOf(target: unknown, inserted: string): string | undefined {
  if (typeof target === 'string') return target.startsWith('./') ? target.replaceAll('*', () => inserted) : undefined
  const inside = Array.isArray(target)
    ? (target as unknown[])
    : isRecord(target)
      ? Object.entries(target).flatMap(([key, value]) => (CONDITIONS.has(key) ? [value] : []))
      : []
  for (const next of inside) {
    const found = targetOf(next, inserted)
    if (found !== undefined) return found
  }
  return undefined
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
