import type { KnownIntegration } from '@sidestep/core/project'
import { installText } from './flavors-json.ts'
import { jsonError } from './json-report.ts'
import { sanitizeLine } from './sanitize.ts'
import type { Style } from './style.ts'
import { listRows } from './table.ts'

const COLOURS = {
  installed: 'green',
  missing: 'yellow',
  planned: 'dim',
  damaged: 'red',
} as const satisfies Readonly<Record<KnownIntegration['state'], string>>

/** Integrations as a table, a header first; damaged ones with what is wrong, and those that are not installed with what installs them. */
export function integrationsTable(
  integrations: readonly KnownIntegration[],
  { style, columns }: { readonly style: Style; readonly columns?: number | undefined },
): string[] {
  const titles = ['integration', 'package', 'version', 'state', 'flavors']
  const cells = [
    titles.map((title) => style('dim', title)),
    ...integrations.map(({ name, package: packageName, version = '', state, flavors }) => [
      sanitizeLine(name),
      sanitizeLine(packageName),
      sanitizeLine(version),
      style(COLOURS[state], state),
      sanitizeLine(flavors.map(({ type, flavor }) => `${type}.${flavor}`).join(', ')),
    ]),
  ]
  const [header = [], ...rows] = listRows(cells, columns)
  return [
    ...header,
    ...integrations.flatMap(({ state, install, problem }, index) => [
      ...(rows[index] ?? []),
      ...(install === undefined ? [] : [style('dim', `  ${installText(state, install)}`)]),
      ...(problem === undefined
        ? []
        : [problem.message, ...(problem.hint === undefined ? [] : [problem.hint])].map((text) =>
            style('yellow', `  ${sanitizeLine(text.replaceAll('\n', ' '))}`),
          )),
    ]),
  ]
}

/** An integration as `integration list --output json` writes it: every field is there. */
export function jsonIntegration(
  integration: KnownIntegration,
  options: { readonly verbose: boolean },
): Readonly<Record<string, unknown>> {
  const { name, package: packageName, version, state, flavors, install, requirements, problem } = integration
  return {
    name,
    package: packageName,
    version: version ?? null,
    state,
    flavors: flavors.map(({ type, flavor }) => ({ type, flavor })),
    install: install ?? null,
    requirements,
    problem: problem === undefined ? null : jsonError(problem, options),
  }
}
