import type { JsonSchema } from '@sidestep/core/project'
import type { FoundComponent } from '../components/find-component.ts'
import { redacted } from '../components/redact.ts'
import { configText } from './config-text.ts'
import { sanitizeLine } from './sanitize.ts'
import type { Style } from './style.ts'
import { listRows } from './table.ts'

export interface ComponentsTableOptions {
  readonly style: Style
  /** Of the terminal; absent in a pipe, where nothing is cut. */
  readonly columns: number | undefined
  /** Of configurations, by flavor. */
  readonly schemas: ReadonlyMap<string, JsonSchema>
}

/** Components as a table, a header first. */
export function componentsTable(
  components: readonly FoundComponent[],
  { style, columns, schemas }: ComponentsTableOptions,
): string[] {
  const rows = [
    ['name', 'flavor', 'stacks', 'config'].map((title) => style('dim', title)),
    ...components.map(({ name, entry: { flavor, config }, stacks }) => [
      sanitizeLine(name),
      sanitizeLine(flavor),
      sanitizeLine(stacks.join(', ')),
      configText(redacted(config, schemas.get(flavor))),
    ]),
  ]
  return listRows(rows, columns).flat()
}
