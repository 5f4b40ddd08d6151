import type { FlavorRegistry } from '@sidestep/core/project'
import { code, table } from './markdown.ts'

const STATES = { installed: 'there', missing: 'there', planned: 'planned', damaged: 'damaged' } as const

/** What runs steps, and the package to install for it. */
export function flavorTable(registry: FlavorRegistry): string {
  const packages = new Map(registry.integrations().map((integration) => [integration.name, integration.package]))
  const rows = registry
    .list('step_operator')
    .map(({ flavor, summary = '', integration = '', source, state }) => [
      summary,
      code(flavor),
      code(packages.get(integration) ?? source),
      STATES[state],
    ])
  return table(['step operator', 'flavor', 'integration', 'today'], rows)
}
