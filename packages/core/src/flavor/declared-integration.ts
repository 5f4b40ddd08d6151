import { NAME_PATTERN } from '../stack/component-name.ts'
import { COMPONENT_TYPES, type StackComponentType } from '../stack/component-type.ts'
import type { PackageManifest } from './package-manifest.ts'

/** What a package.json says of its package's flavors, so that a list has to import nothing. */
export interface DeclaredIntegration {
  readonly name: string
  readonly flavors: readonly {
    readonly type: StackComponentType
    readonly flavor: string
    readonly summary?: string
  }[]
}

/**
 * Reads `"sidestep": { "name": "local", "flavors": { "step_operator": { "local": "Processes of this machine" } } }`.
 * `undefined` where it is not there, or not so: then the descriptor is asked.
 */
export function declaredIntegration({ sidestep }: PackageManifest): DeclaredIntegration | undefined {
  const { name, flavors } = recordOf(sidestep)
  if (typeof name !== 'string' || name === '') return undefined
  const byType = Object.entries(recordOf(flavors))
  const declared = byType.flatMap(([type, summaries]) =>
    Object.entries(recordOf(summaries)).map(([flavor, summary]) => ({ type, flavor, summary })),
  )
  if (declared.length === 0 || !declared.every(isDeclared)) return undefined
  return { name, flavors: declared }
}

function isDeclared(value: {
  readonly type: string
  readonly flavor: string
  readonly summary: unknown
}): value is { readonly type: StackComponentType; readonly flavor: string; readonly summary: string } {
  const { type, flavor, summary } = value
  return (
    (COMPONENT_TYPES as readonly string[]).includes(type) && NAME_PATTERN.test(flavor) && typeof summary === 'string'
  )
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}
