import { typeWords } from '@sidestep/core/project'
import type { StackDetails, StackPart } from '../stacks/stack-details.ts'
import { SAID_BY } from '../stacks/active-stack.ts'
import { valueText } from './config-text.ts'
import { sanitizeLine } from './sanitize.ts'
import type { Style } from './style.ts'
import { tableRows } from './table.ts'

/** A stack with the configuration of its components. */
export function stackText(details: StackDetails, style: Style): string[] {
  const { name, place, builtIn, active, parts, defaultStepOperator } = details
  const where = builtIn ? 'built in: everything on this machine' : (place ?? '')
  return [
    `${style('bold', sanitizeLine(name))}${where === '' ? '' : style('dim', `  ${where}`)}`,
    ...(active === undefined ? [] : [style('green', `active: ${SAID_BY[active]}`)]),
    ...parts.flatMap((part) => ['', ...partText(part, { style, isDefault: part.name === defaultStepOperator })]),
  ]
}

/** The stack as `stack describe --output json` writes it: every field is there. */
export function jsonStack(details: StackDetails): Readonly<Record<string, unknown>> {
  const { name, builtIn, place, active, parts, defaultStepOperator } = details
  const only = (type: StackPart['type']): object | null => {
    const part = parts.find((each) => each.type === type)
    return part === undefined ? null : jsonPart(part)
  }
  return {
    name,
    builtIn,
    place: place ?? null,
    active: active !== undefined,
    activeFrom: active ?? null,
    artifactStore: only('artifact_store'),
    stepOperators: parts.filter(({ type }) => type === 'step_operator').map(jsonPart),
    defaultStepOperator: defaultStepOperator ?? null,
    containerRegistry: only('container_registry'),
    imageBuilder: only('image_builder'),
  }
}

/** A component in a few words: `step operator gpu (sagemaker)`. */
export function partName({ type, name, flavor }: Pick<StackPart, 'type' | 'name' | 'flavor'>): string {
  if (name === undefined) return sanitizeLine(`${typeWords(type)} (${flavor})`)
  return sanitizeLine(name === '*' ? `every step operator (${flavor})` : `${typeWords(type)} ${name} (${flavor})`)
}

function partText(
  part: StackPart,
  { style, isDefault }: { readonly style: Style; readonly isDefault: boolean },
): string[] {
  const isOperator = part.type === 'step_operator'
  const rows = Object.entries(part.config ?? {}).map(([key, value]) => [`  ${sanitizeLine(key)}`, valueText(value)])
  const place = part.place === undefined ? '' : style('dim', `  ${part.place}`)
  return [`${partName(part)}${isOperator && isDefault ? ', the default' : ''}${place}`, ...tableRows(rows).flat()]
}

function jsonPart({ name, flavor, config, place }: StackPart): object {
  return { name: name ?? null, flavor, config: config ?? null, place: place ?? null }
}
