import { textWidth } from './text-width.ts'
import type { JsonSchema, KnownFlavor } from '@sidestep/core/project'
import type { ComponentKind } from '../components/component-kind.ts'
import { nestedOptions, schemaOptions, type SchemaOption } from '../components/json-schema-options.ts'
import { valueText } from './config-text.ts'
import { installText, originText, problemLines } from './flavors-json.ts'
import { sanitizeLine } from './sanitize.ts'
import type { Style } from './style.ts'
import { fitRows, tableRows, type Cell } from './table.ts'
import { wrap } from './text.ts'

/** A description is not broken into lines narrower than this. */
const NARROWEST = 24
/** Of a table's columns. */
const GAP = 2

/** What a flavor takes. */
export interface FlavorSchemas {
  /** `undefined`: its schema cannot say it as JSON Schema, or it has none. */
  readonly config: JsonSchema | undefined
  /** Of a step's `settings`. */
  readonly settings: JsonSchema | undefined
}

/** A flavor for people: what it is, and every key that it takes. */
export function flavorText(
  kind: ComponentKind,
  known: KnownFlavor,
  schemas: FlavorSchemas | { readonly problem: unknown },
  { style, columns }: { readonly style: Style; readonly columns: number | undefined },
): string[] {
  const facts = [
    ['type', known.type],
    ...(known.summary === undefined ? [] : [['summary', known.summary]]),
    ['from', originText(known)],
    ...(known.integration === undefined ? [] : [['source', known.source]]),
    ['state', known.state === 'missing' ? 'not installed' : known.state],
    ...(known.install === undefined || known.state === 'installed'
      ? []
      : [['install', installText(known.state, known.install)]]),
  ].map(([title = '', text = '']) => [`  ${style('dim', title)}`, sanitizeLine(text)])
  const head = [
    style('bold', sanitizeLine(`${kind.label} flavor ${known.flavor}`)),
    ...tableRows(fitRows(facts, columns)).flat(),
  ]
  if ('problem' in schemas) return [...head, '', ...problemLines(schemas.problem, style)]
  const none = 'whatever it takes: it does not say; give it with --set key=value'
  return [
    ...head,
    '',
    'config',
    ...optionLines(schemas.config, none, { style, columns }),
    ...(kind.type === 'step_operator'
      ? [
          '',
          sanitizeLine(`settings of a step: settings['step_operator.${known.flavor}']`),
          ...optionLines(schemas.settings, 'whatever it takes: it does not say', { style, columns }),
        ]
      : []),
  ]
}

function optionLines(
  schema: JsonSchema | undefined,
  otherwise: string,
  { style, columns }: { readonly style: Style; readonly columns: number | undefined },
): string[] {
  if (schema === undefined) return [style('dim', `  ${otherwise}`)]
  const options = schemaOptions(schema).flatMap((option) => [option, ...nestedOptions(option, schema)])
  if (options.length === 0) return [style('dim', '  nothing can be set')]
  const titles = ['  key', 'type', 'default', 'description'].map((title) => style('dim', title))
  return tableRows(fitRows(wrapLast([titles, ...options.map(optionRow)], columns), columns)).flat()
}

/** Descriptions are there to be read as a whole: they take several lines. */
function wrapLast(rows: readonly (readonly string[])[], columns: number | undefined): readonly (readonly Cell[])[] {
  if (columns === undefined) return rows
  const others = tableRows(rows.map((row) => row.slice(0, -1))).flat()
  const room = columns - GAP - Math.max(...others.map((line) => textWidth(line)))
  return rows.map((row) => [...row.slice(0, -1), wrap(row.at(-1) ?? '', Math.max(NARROWEST, room))])
}

function optionRow(option: SchemaOption): string[] {
  const { key, type, required, secret, description = '' } = option
  const preset = required ? 'required' : valueText(option.default)
  return [
    `  ${sanitizeLine(key)}`,
    sanitizeLine(type),
    preset,
    sanitizeLine(`${description}${secret ? ' (a secret: ${env:NAME} only)' : ''}`.trim()),
  ]
}
