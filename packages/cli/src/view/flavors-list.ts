import type { KnownFlavor } from '@sidestep/core/project'
import { installText, problemLines } from './flavors-json.ts'
import { sanitizeLine } from './sanitize.ts'
import type { Style } from './style.ts'
import { listRows } from './table.ts'

const STATES = {
  installed: { colour: 'green', text: 'installed' },
  missing: { colour: 'yellow', text: 'not installed' },
  planned: { colour: 'dim', text: 'planned' },
  damaged: { colour: 'red', text: 'damaged' },
} as const satisfies Readonly<Record<KnownFlavor['state'], object>>

export interface FlavorsTableOptions {
  readonly style: Style
  /** Of the terminal; absent in a pipe, where nothing is cut. */
  readonly columns: number | undefined
}

/** Flavors as a table, a header first; below one that cannot be used stands what to do. */
export function flavorsTable(flavors: readonly KnownFlavor[], { style, columns }: FlavorsTableOptions): string[] {
  const titles = ['flavor', 'integration', 'version', 'source', 'state']
  const rows = [
    titles.map((title) => style('dim', title)),
    ...flavors.map(({ flavor, integration, version, source, state }) => [
      ...[flavor, integration ?? '', version ?? '', source].map(sanitizeLine),
      style(STATES[state].colour, STATES[state].text),
    ]),
  ]
  const [header = [], ...lines] = listRows(rows, columns)
  return [...header, ...flavors.flatMap((flavor, index) => [...(lines[index] ?? []), ...remedy(flavor, style)])]
}

function remedy({ state, install, problem }: KnownFlavor, style: Style): string[] {
  if (problem !== undefined) return problemLines(problem, style, '  ')
  if (install === undefined || state === 'installed') return []
  return [style('dim', `  ${installText(state, install)}`)]
}
