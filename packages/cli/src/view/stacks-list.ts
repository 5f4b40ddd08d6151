import type { ActiveStack, StackEntry } from '@sidestep/core/project'
import { sanitizeLine } from './sanitize.ts'
import type { Style } from './style.ts'
import { listRows } from './table.ts'

/** A stack as lists show it. */
export interface ListedStack {
  readonly name: string
  /** Absent: the built-in one. */
  readonly entry?: StackEntry
  /** Who says that it is the active one. */
  readonly active?: ActiveStack['from']
}

const ACTIVE = {
  SIDESTEP_STACK: 'active: SIDESTEP_STACK',
  choice: 'active: your choice',
  file: 'active',
  'built-in': 'active',
} as const satisfies Readonly<Record<ActiveStack['from'], string>>

/** Stacks as a table, a header first. */
export function stacksTable(
  stacks: readonly ListedStack[],
  { style, columns }: { readonly style: Style; readonly columns?: number | undefined },
): string[] {
  const titles = ['stack', 'step operators', 'artifact store', 'container registry', 'image builder', 'active']
  const rows = [
    titles.map((title) => style('dim', title)),
    ...stacks.map(({ name, entry, active }) => [
      sanitizeLine(name),
      ...(entry === undefined
        ? ['this machine', 'this machine', '', '']
        : [operatorsText(entry), entry.artifactStore, entry.containerRegistry ?? '', entry.imageBuilder ?? '']
      ).map(sanitizeLine),
      active === undefined ? '' : style('green', ACTIVE[active]),
    ]),
  ]
  return listRows(withoutEmptyColumns(rows), columns).flat()
}

/** A stack as `stack list --output json` writes it: every field is there. */
export function jsonListedStack({ name, entry, active }: ListedStack): Readonly<Record<string, unknown>> {
  return {
    name,
    builtIn: entry === undefined,
    active: active !== undefined,
    activeFrom: active ?? null,
    artifactStore: entry?.artifactStore ?? null,
    stepOperators: entry?.stepOperators ?? [],
    defaultStepOperator: entry?.defaultStepOperator ?? null,
    containerRegistry: entry?.containerRegistry ?? null,
    imageBuilder: entry?.imageBuilder ?? null,
  }
}

/** Few stacks have every type of component. */
function withoutEmptyColumns([titles = [], ...rows]: readonly (readonly string[])[]): string[][] {
  const isUsed = titles.map((_, column) => rows.some((row) => row[column] !== ''))
  return [titles, ...rows].map((row) => row.filter((_, column) => isUsed[column]))
}

function operatorsText({ stepOperators, defaultStepOperator }: StackEntry): string {
  return stepOperators.map((name) => (name === defaultStepOperator ? `${name} (default)` : name)).join(', ')
}
