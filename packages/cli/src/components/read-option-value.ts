import { meantReference, variantsOf, type JsonSchema } from '@sidestep/core/project'
import { typeText } from './json-schema-options.ts'

/** A value, or what is wrong with the text. */
export type ReadValue = { readonly value: unknown } | { readonly problem: string }

/** Whether a text holds a reference that is put in when the component is loaded. */
export const ENVIRONMENT_REFERENCE: RegExp = /\$\{env:[^}]*\}/

const NUMBER = /^-?(?:(?:0|[1-9]\d*)(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?$/

/**
 * Reads an option's text as its schema wants it. `${env:NAME}` is taken as it is, whatever the type. What can be several
 * things is a choice first, then a number, `true` or `false`, JSON, and text last.
 */
export function readOptionValue(text: string, schema: JsonSchema, root: JsonSchema): ReadValue {
  const variants = variantsOf(schema, root)
  for (const read of [asChoice, asNumber, asTruth, asStructure, asText]) {
    for (const variant of variants) {
      const found = read(text, variant)
      if (found !== undefined) return found
    }
  }
  if (ENVIRONMENT_REFERENCE.test(text) && !/^\s*[[{]/.test(text)) return { value: text }
  // Nothing of the text itself, which may be a secret.
  const meant = meantReference(text) === undefined ? '' : '; a variable is written ${env:NAME}'
  return { problem: `must be ${oneOf(typeText(schema, root))}${meant}` }
}

/** Reads the texts of an option that was given several times, and of one that is always a list. */
export function readOptionList(texts: readonly string[], schema: JsonSchema, root: JsonSchema): ReadValue {
  const [first = '', ...others] = texts
  const variants = variantsOf(schema, root)
  const list = variants.find(({ type }) => type === 'array')
  // A list is not always meant where one thing is allowed too.
  if (list === undefined || (others.length === 0 && variants.length > 1)) return readOptionValue(first, schema, root)
  const values: unknown[] = []
  for (const text of texts) {
    const item = readItems(text, list.items ?? {}, root)
    if ('problem' in item) return { problem: `is a list, of which each ${item.problem}` }
    values.push(...item.items)
  }
  return { value: values }
}

/** A type as a part of a sentence; choices stay as they are. */
export function oneOf(type: string): string {
  if (!/^(?:string|number|whole number|boolean|object|list(?: of .*)?)$/s.test(type)) return type
  return type === 'boolean' ? 'true or false' : `${type === 'object' ? 'an' : 'a'} ${type}`
}

/** JSON, and as text what is none. */
export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

function readItems(
  text: string,
  items: JsonSchema,
  root: JsonSchema,
): { readonly items: readonly unknown[] } | { readonly problem: string } {
  const nested = variantsOf(items, root).some(({ type }) => type === 'array')
  const whole = nested || !text.startsWith('[') ? undefined : jsonOrText(text)
  if (Array.isArray(whole)) return { items: whole as readonly unknown[] }
  const item = readOptionValue(text, items, root)
  return 'problem' in item ? item : { items: [item.value] }
}

function asChoice(text: string, variant: JsonSchema): ReadValue | undefined {
  const choices = Object.hasOwn(variant, 'const') ? [variant.const] : (variant.enum ?? [])
  if (choices.includes(text)) return { value: text }
  const other = choices.find((choice) => typeof choice !== 'string' && JSON.stringify(choice) === text)
  return other === undefined ? undefined : { value: other }
}

function asNumber(text: string, variant: JsonSchema): ReadValue | undefined {
  if (hasChoices(variant) || (variant.type !== 'number' && variant.type !== 'integer') || !NUMBER.test(text)) {
    return undefined
  }
  const value = Number(text)
  return Number.isFinite(value) && (variant.type === 'number' || Number.isInteger(value)) ? { value } : undefined
}

function asTruth(text: string, variant: JsonSchema): ReadValue | undefined {
  if (variant.type === 'boolean' && !hasChoices(variant) && (text === 'true' || text === 'false')) {
    return { value: text === 'true' }
  }
  return variant.type === 'null' && text === 'null' ? { value: null } : undefined
}

function asStructure(text: string, { type }: JsonSchema): ReadValue | undefined {
  if (type !== 'object' && type !== 'array') return undefined
  const value = jsonOrText(text)
  const isStructure = typeof value === 'object' && value !== null && Array.isArray(value) === (type === 'array')
  return isStructure ? { value } : undefined
}

function asText(text: string, variant: JsonSchema): ReadValue | undefined {
  if (hasChoices(variant)) return undefined
  if (variant.type === 'string') return { value: text }
  return variant.type === undefined ? { value: jsonOrText(text) } : undefined
}

function hasChoices(variant: JsonSchema): boolean {
  return variant.enum !== undefined || Object.hasOwn(variant, 'const')
}
