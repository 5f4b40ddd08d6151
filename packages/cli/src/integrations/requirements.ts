import type { KnownIntegration } from '@sidestep/core/project'

/** A package that npm has to install. */
export interface Requirement {
  readonly package: string
  /** All of them must hold; empty: the newest version will do. */
  readonly ranges: readonly string[]
}

/** The packages of integrations and the peers that these want, each once, the integrations first. */
export function requirementsOf(
  integrations: readonly KnownIntegration[],
): readonly (Requirement & { readonly integration: string })[] {
  const found = new Map<string, { package: string; ranges: string[]; integration: string }>()
  const add = (name: string, range: string | undefined, integration: string): void => {
    const known = found.get(name) ?? { package: name, ranges: [], integration }
    if (range !== undefined && !known.ranges.includes(range)) known.ranges.push(range)
    found.set(name, known)
  }
  for (const { name, package: packageName, version } of integrations) {
    add(packageName, version === undefined ? undefined : `^${version}`, name)
  }
  for (const { name, requirements } of integrations) {
    for (const [peer, range] of Object.entries(requirements)) add(peer, usableRange(range), name)
  }
  return [...found.values()]
}

/** What `npm install` takes: `zod@^4.0.0`. */
export function npmSpec({ package: name, ranges }: Requirement): string {
  return ranges.length === 0 ? name : `${name}@${rangeOf(ranges)}`
}

/** One range that holds where all of them do. */
export function rangeOf(ranges: readonly string[]): string {
  const alternatives = ranges.map((range) => range.split('||'))
  const both = (left: readonly string[], right: readonly string[]): string[] =>
    left.flatMap((a) => right.map((b) => (a === '' ? b : `${a} ${b}`)))
  return alternatives.reduce<string[]>(both, ['']).join('||')
}

/** Without the spaces that mean nothing, as a shell would make two words of it. `undefined`: every version will do. */
function usableRange(range: string): string | undefined {
  // In the workspace of a package, its peers are neighbours.
  if (range.startsWith('workspace:')) return undefined
  const tight = range
    .trim()
    .replaceAll(/\s*\|\|\s*/g, '||')
    .replaceAll(/([<>=~^])\s+/g, '$1')
  return tight === '' || tight === '*' ? undefined : tight
}
