import type { SidestepError } from '../errors.ts'
import { messageOf } from '../errors.ts'
import { checkName } from '../stack/component-name.ts'
import { COMPONENT_TYPES, isComponentClass, type StackComponent, type StackComponentType } from '../stack/component.ts'
import { oneOfType, typesWords } from '../stack/component-type.ts'
import { flavorError } from './flavor-error.ts'
import { isStandardSchema } from './standard-schema.ts'

interface BaseClass {
  readonly name: string
  /** Methods that the base class brings: what lacks one does not extend it. */
  readonly brings: readonly string[]
  /** Its abstract methods. */
  readonly asks: readonly string[]
}

const COMPONENT: BaseClass = { name: 'StackComponent', brings: [], asks: [] }

/** By the type of component that they are the base of. */
export const BASE_CLASSES: Readonly<Record<StackComponentType, BaseClass>> = {
  step_operator: { name: 'BaseStepOperator', brings: ['validate'], asks: ['launch'] },
  artifact_store: {
    name: 'ArtifactStore',
    brings: ['put', 'putIfAbsent', 'read', 'get', 'stat', 'list', 'delete'],
    asks: ['putObject', 'putObjectIfAbsent', 'readObject', 'statObject', 'listObjects', 'deleteObject'],
  },
  container_registry: COMPONENT,
  image_builder: COMPONENT,
}

/** Extends `BaseStepOperator`, and has an abstract method of its own. */
export const JOB_STEP_OPERATOR: BaseClass = { name: 'JobStepOperator', brings: ['launch'], asks: ['createService'] }

const CLASS_BRAND = 'sidestep.component-class@'
const ONE_CORE =
  'Have one copy of @sidestep/core that fits all: `npm ls @sidestep/core` shows which there are, `npm install @sidestep/core@latest` mends it.'

/** A class that can be a flavor. */
export type ComponentClass = typeof StackComponent

/** Throws a `FLAVOR_INVALID` error that says which of the things that a flavor's class must be it is not. */
export function checkFlavorClass(
  value: unknown,
  where: string,
  wanted?: StackComponentType,
): asserts value is ComponentClass {
  const fail = (what: string, hint: string): SidestepError => flavorError(where, what, hint)
  if (!isComponentClass(value)) throw notAComponent(value as object, fail, wanted)
  const { TYPE } = value as { readonly TYPE?: unknown }
  const type = COMPONENT_TYPES.find((known) => known === TYPE)
  if (type === undefined) {
    throw fail(
      TYPE === undefined ? 'has no static TYPE' : `has the static TYPE ${JSON.stringify(TYPE)}, which there is not`,
      `Extend BaseStepOperator or ArtifactStore, or set it to one of ${COMPONENT_TYPES.join(', ')}.`,
    )
  }
  if (wanted !== undefined && type !== wanted) throw fail(...otherType(type, wanted))
  checkBase(value, type, fail)
  checkFlavorName(value, fail)
  checkSchemas(value, fail)
}

/** What is wrong with something of a type that was asked for as another one, and how to mend it. */
export function otherType(type: StackComponentType, wanted: StackComponentType): [what: string, hint: string] {
  return [`is a flavor of ${typesWords(type)}, not of ${typesWords(wanted)}`, `Register it as ${oneOfType(type)}.`]
}

type Fail = (what: string, hint: string) => SidestepError

function notAComponent(value: object, fail: Fail, wanted: StackComponentType = 'step_operator'): SidestepError {
  const base = BASE_CLASSES[wanted].name
  const chain = ancestors(value)
  const brands = chain.flatMap((it) => Object.getOwnPropertySymbols(it)).map((symbol) => symbol.description ?? '')
  const brand = brands.find((it) => it.startsWith(CLASS_BRAND))
  if (brand !== undefined) {
    const generation = brand.slice(CLASS_BRAND.length)
    return fail(`extends a class of another generation of @sidestep/core (${generation}, and this one is 1)`, ONE_CORE)
  }
  const names = [...Object.values(BASE_CLASSES), JOB_STEP_OPERATOR].map(({ name }) => name)
  const other = chain.slice(1).find((it) => names.includes((it as { readonly name?: string }).name ?? ''))
  if (other !== undefined) {
    return fail(
      `extends a class ${(other as { readonly name: string }).name} that is not that of @sidestep/core, or of a copy that this one does not know`,
      ONE_CORE,
    )
  }
  return fail(
    `is a class that does not extend ${base}`,
    `Write \`class … extends ${base}\`, imported from @sidestep/core.`,
  )
}

function checkBase(value: ComponentClass, type: StackComponentType, fail: Fail): void {
  const { name, brings, asks } = BASE_CLASSES[type]
  const { prototype } = value as unknown as { readonly prototype: object }
  if (!brings.every((method) => isMethod(prototype, method))) {
    throw fail(
      `has the static TYPE ${type}, and does not extend ${name}`,
      `Write \`class … extends ${name}\`, imported from @sidestep/core.`,
    )
  }
  const isJobOperator = ancestors(value)
    .slice(1)
    .some((it) => (it as { readonly name?: string }).name === JOB_STEP_OPERATOR.name)
  const missing = [...asks, ...(isJobOperator ? JOB_STEP_OPERATOR.asks : [])].filter(
    (method) => !isMethod(prototype, method),
  )
  if (missing.length === 0) return
  const methods = missing.map((method) => `${method}()`).join(', ')
  throw fail(
    `does not implement ${methods}`,
    `Write ${missing.length === 1 ? 'it as a method' : 'them as methods'} of the class, not as fields: ${isJobOperator ? JOB_STEP_OPERATOR.name : name} says what is asked.`,
  )
}

function checkFlavorName(value: ComponentClass, fail: Fail): void {
  const { FLAVOR } = value as { readonly FLAVOR?: unknown }
  const example = "Write `static override readonly FLAVOR = 'my_flavor'` in the class."
  if (FLAVOR === undefined) throw fail('has no static FLAVOR', example)
  if (typeof FLAVOR !== 'string') throw fail('has a static FLAVOR that is no text', example)
  try {
    checkName('flavor', FLAVOR)
  } catch (error) {
    throw fail(`has a static FLAVOR that is no name: ${messageOf(error)}`, example)
  }
}

function checkSchemas(value: ComponentClass, fail: Fail): void {
  const statics = value as { readonly CONFIG_SCHEMA?: unknown; readonly SETTINGS_SCHEMA?: unknown }
  for (const name of ['CONFIG_SCHEMA', 'SETTINGS_SCHEMA'] as const) {
    const schema = statics[name]
    if (schema === undefined || isStandardSchema(schema)) continue
    throw fail(
      `has a static ${name} that is no Standard Schema`,
      'Give a schema of zod, valibot, arktype or another library that follows https://standardschema.dev, version 1; or leave it out.',
    )
  }
}

/** Without calling a getter. */
function isMethod(prototype: object, name: string): boolean {
  const owner = ancestors(prototype).find((it) => Object.hasOwn(it, name))
  return owner !== undefined && typeof Object.getOwnPropertyDescriptor(owner, name)?.value === 'function'
}

/** The value itself, and what it inherits from. */
function ancestors(value: object): object[] {
  const chain: object[] = []
  for (let next: unknown = value; next !== null && next !== undefined; next = Object.getPrototypeOf(next)) {
    chain.push(next)
  }
  return chain
}
