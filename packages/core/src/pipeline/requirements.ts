import type { Bundle } from '../bundle/bundle-module.ts'
import type { ResolvedStepConfig } from '../step/resolve-config.ts'

/** What the step asks for, and what the bundle could not take in. */
export function requirementsOf(config: ResolvedStepConfig, { nativePackages }: Bundle): readonly string[] | 'lockfile' {
  const { requirements = [] } = config.docker
  if (requirements === 'lockfile') return requirements
  const native = Object.entries(nativePackages).map(([name, version]) => `${name}@${version}`)
  return [...new Set([...requirements, ...native])].toSorted()
}
