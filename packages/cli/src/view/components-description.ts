import type { JsonSchema, KnownFlavor } from '@sidestep/core/project'
import type { ComponentKind } from '../components/component-kind.ts'
import type { FoundComponent } from '../components/find-component.ts'
import { schemaOptions } from '../components/json-schema-options.ts'
import { jsonComponent, type JsonComponent } from './components-json.ts'
import { valueText } from './config-text.ts'
import { jsonOrigin, originText, problemLines, type JsonOrigin } from './flavors-json.ts'
import { jsonError, type JsonError } from './json-report.ts'
import { sanitizeLine } from './sanitize.ts'
import type { Style } from './style.ts'
import { fitRows, tableRows } from './table.ts'

/** What is known of the flavor of a component. */
export interface DescribedFlavor {
  /** Absent: nobody knows a flavor of that name. */
  readonly known: KnownFlavor | undefined
  readonly jsonSchema?: JsonSchema
  /** Why it cannot be used. */
  readonly problem?: unknown
}

/** The document of `describe`: every field is there, `null` where nothing is known. */
export interface JsonComponentDescription extends JsonComponent, JsonOrigin {
  readonly file: string
  /** What holds for keys that the configuration leaves out. */
  readonly defaults: Readonly<Record<string, unknown>>
  /** Why the flavor cannot be used. */
  readonly problem: JsonError | null
}

export function componentDescription(
  { type }: ComponentKind,
  found: FoundComponent,
  { known, jsonSchema, problem }: DescribedFlavor,
  options: { readonly verbose: boolean },
): JsonComponentDescription {
  return {
    ...jsonComponent(type, found, jsonSchema),
    file: found.file.path,
    defaults: defaultsOf(found, jsonSchema),
    ...jsonOrigin(known),
    problem: problem === undefined ? null : jsonError(problem, options),
  }
}

/** A component for people: where it is, who uses it, and every key that holds. */
export function componentText(
  kind: ComponentKind,
  found: FoundComponent,
  flavor: DescribedFlavor,
  { style, columns }: { readonly style: Style; readonly columns: number | undefined },
): string[] {
  const { config, place, stacks } = jsonComponent(kind.type, found, flavor.jsonSchema)
  const defaults = defaultsOf(found, flavor.jsonSchema)
  const summary = flavor.known?.summary
  const from = flavor.known === undefined ? '' : ` (${originText(flavor.known)})`
  const facts = [
    ['flavor', `${found.entry.flavor}${from}`],
    ...(summary === undefined ? [] : [['', summary]]),
    ['place', place],
    ['stacks', stacks.length === 0 ? 'none' : stacks.join(', ')],
  ].map(([title = '', text = '']) => [`  ${style('dim', title)}`, sanitizeLine(text)])
  const keys = [
    ...Object.entries(config as object).map(([key, value]) => [`  ${sanitizeLine(key)}`, valueText(value), '']),
    ...Object.entries(defaults).map(([key, value]) => [
      `  ${style('dim', sanitizeLine(key))}`,
      valueText(value),
      style('dim', 'default'),
    ]),
  ]
  return [
    style('bold', sanitizeLine(`${kind.label} ${found.name}`)),
    ...tableRows(fitRows(facts, columns)).flat(),
    ...(keys.length === 0 ? [] : ['', 'config', ...tableRows(fitRows(keys, columns)).flat()]),
    ...(flavor.problem === undefined ? [] : ['', ...problemLines(flavor.problem, style)]),
  ]
}

function defaultsOf({ entry }: FoundComponent, jsonSchema: JsonSchema | undefined): Record<string, unknown> {
  if (jsonSchema === undefined) return {}
  return Object.fromEntries(
    schemaOptions(jsonSchema)
      .filter((option) => option.default !== undefined && !Object.hasOwn(entry.config, option.key))
      .map((option) => [option.key, option.default]),
  )
}
