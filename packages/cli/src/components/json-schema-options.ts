import { propertiesOf, requiredOf, variantsOf, type JsonSchema } from '@sidestep/core/project'

/** One key of a configuration as an option of the command line. */
export interface SchemaOption {
  /** As it stands in the file: `stopGrace`. */
  readonly key: string
  /** Without its dashes: `stop-grace`. Absent: only `--set key=value` gives it. */
  readonly flag?: string
  /** What is accepted too: `stopGrace`. */
  readonly alias?: string
  /** Of a key that is true or false: `no-use-spot`. */
  readonly negation?: string
  /** In words: `string`, `whole number`, `a | b`, `list of string`. */
  readonly type: string
  readonly required: boolean
  /** Given several times, it is a list. */
  readonly repeatable: boolean
  /** What holds where it is not given. */
  readonly default?: unknown
  readonly description?: string
  /** Must not be written down. */
  readonly secret: boolean
  readonly schema: JsonSchema
}

/** What the program takes itself, before or after a flavor's options. */
export const RESERVED_FLAGS: readonly string[] = ['flavor', 'help', 'output', 'set', 'unset', 'verbose', 'version']

const FLAG = /^[A-Za-z][A-Za-z0-9_-]*$/

/** The options of a configuration's schema, in its order. No flag stands for two of them. */
export function schemaOptions(schema: JsonSchema): readonly SchemaOption[] {
  const taken = new Set(RESERVED_FLAGS)
  const required = requiredOf(schema, schema)
  const properties = Object.entries(propertiesOf(schema, schema))
  const take = (flag: string): string | undefined => {
    if (!FLAG.test(flag) || taken.has(flag)) return undefined
    taken.add(flag)
    return flag
  }
  // A key's own flag comes before what others are called too.
  const flags = properties.map(([key]) => take(kebabCase(key)))
  return properties.map(([key, property], index) => {
    const variants = variantsOf(property, schema)
    const flag = flags[index]
    const alias = flag === undefined || flag === key ? undefined : take(key)
    const negation = flag === undefined || !isSwitch(variants) ? undefined : take(`no-${flag}`)
    return {
      key,
      ...optional('flag', flag),
      ...optional('alias', alias),
      ...optional('negation', negation),
      type: typeText(property, schema),
      required: required.has(key),
      repeatable: variants.some(({ type }) => type === 'array'),
      ...optional('default', property.default),
      ...optional('description', property.description ?? variants.find((one) => one.description)?.description),
      secret: property.secret === true || variants.some(({ secret }) => secret === true),
      schema: property,
    }
  })
}

/** Keys that lie deeper are not listed. */
const DEEPEST = 3

/** Keys inside of an object, as `--set` names them: `limits.files`. */
export function nestedOptions(option: SchemaOption, root: JsonSchema, depth = 1): readonly SchemaOption[] {
  const objects = variantsOf(option.schema, root).filter(({ type }) => type === 'object')
  if (depth > DEEPEST) return []
  return objects.flatMap((object) => {
    const required = requiredOf(object, root)
    return Object.entries(propertiesOf(object, root)).flatMap(([key, property]) => {
      const variants = variantsOf(property, root)
      const nested: SchemaOption = {
        key: `${option.key}.${key}`,
        type: typeText(property, root),
        required: required.has(key),
        repeatable: false,
        ...optional('default', property.default),
        ...optional('description', property.description ?? variants.find((one) => one.description)?.description),
        secret: option.secret || property.secret === true || variants.some(({ secret }) => secret === true),
        schema: property,
      }
      return [nested, ...nestedOptions(nested, root, depth + 1)]
    })
  })
}

/** `stopGrace` as `stop-grace`, `volumeSizeGiB` as `volume-size-gib`. */
export function kebabCase(key: string): string {
  return key
    .replaceAll(/([KMGTP])iB(?![a-z])/g, '$1ib')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase()
}

/** Whether an option is a switch: given without a value it is true. */
export function isSwitchOption({ schema }: SchemaOption, root: JsonSchema): boolean {
  return isSwitch(variantsOf(schema, root))
}

function isSwitch(variants: readonly JsonSchema[]): boolean {
  return variants.length > 0 && variants.every(({ type }) => type === 'boolean')
}

/** What a value may be, in words. */
export function typeText(schema: JsonSchema, root: JsonSchema, depth = 0): string {
  const texts = variantsOf(schema, root).map((variant) => variantText(variant, root, depth))
  return [...new Set(texts)].join(' | ')
}

function variantText(variant: JsonSchema, root: JsonSchema, depth: number): string {
  if (Object.hasOwn(variant, 'const')) return choiceText(variant.const)
  if (variant.enum !== undefined) return variant.enum.map(choiceText).join(' | ')
  if (variant.type === 'array') {
    if (variant.items === undefined || depth > 2) return 'list'
    const items = typeText(variant.items, root, depth + 1)
    return items.includes('|') ? `list of (${items})` : `list of ${items}`
  }
  if (variant.type === 'integer') return 'whole number'
  return typeof variant.type === 'string' ? variant.type : 'any'
}

function choiceText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function optional<K extends string, V>(name: K, value: V | undefined): { readonly [key in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [key in K]?: V }
}
