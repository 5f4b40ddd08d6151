import { configError, messageOf } from '@sidestep/core/project'

const PACKAGES = ['@sidestep/core', '@sidestep/local', '@sidestep/cli'] as const

/** What matters of a package.json that is there already. */
export interface Manifest {
  readonly name: string | undefined
  /** Of its modules. One that says nothing has `commonjs`: code that is there may rely on that. */
  readonly type: string
  readonly document: Readonly<Record<string, unknown>>
}

/** Reads a package.json. Throws `CONFIG_INVALID` where it is none. */
export function manifestOf(text: string, path: string): Manifest {
  let document: unknown
  try {
    document = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw configError(
      'CONFIG_INVALID',
      `${path} is no JSON: ${messageOf(error)}`,
      'Mend it, or take another folder.',
      error,
    )
  }
  if (!isRecord(document))
    throw configError('CONFIG_INVALID', `${path} is no JSON object`, 'Mend it, or take another folder.')
  const { name, type } = document
  return {
    name: typeof name === 'string' ? name : undefined,
    type: typeof type === 'string' ? type : 'commonjs',
    document,
  }
}

/** The text of package.json with what a project needs; the keys and the indentation that it has stay. */
export function completeManifest(
  before: string | undefined,
  {
    name,
    version,
    manifest,
  }: { readonly name: string; readonly version: string; readonly manifest: Manifest | undefined },
): string {
  const hasName = manifest !== undefined && Object.hasOwn(manifest.document, 'name')
  const document: Record<string, unknown> =
    manifest === undefined
      ? { name, version: '0.0.0', private: true, type: 'module' }
      : { ...(hasName ? {} : { name }), ...manifest.document }
  const has = (key: string, dependency: string): boolean => {
    const table = document[key]
    return isRecord(table) && Object.hasOwn(table, dependency)
  }
  const missing = PACKAGES.filter(
    (it) =>
      !['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'].some((key) => has(key, it)),
  )
  if (before !== undefined && missing.length === 0 && hasName) return before
  if (missing.length > 0) {
    const table = isRecord(document['dependencies']) ? document['dependencies'] : {}
    const all = { ...table, ...Object.fromEntries(missing.map((it) => [it, `^${version}`])) }
    document['dependencies'] = Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }
  const indent = /^\{\r?\n([ \t]+)/.exec(before ?? '')?.[1] ?? '  '
  return `${JSON.stringify(document, undefined, indent)}\n`
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
