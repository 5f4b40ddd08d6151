import { violations, type Limits, type Shape, type Step, type Violation } from '../ground/limits.ts'
import { AwsJsonError } from './aws-json-error.ts'

/** Characters of a value that a message shows. */
const MAX_SHOWN = 1024

/**
 * Throws what is wrong with a request, in the words of the services: a `SerializationException` where something is of another type than the
 * model says, since it cannot even be read; else an error with everything that breaks a limit. The services drop members
 * that the model does not have; the simulator refuses them.
 */
export function checkRequest(
  request: unknown,
  shape: string,
  { limits, code = 'ValidationException' }: { readonly limits: Limits; readonly code?: string | undefined },
): void {
  const found = violations(request, shape, limits)
  const unreadable = found.find(({ rule }) => rule === 'type')
  if (unreadable !== undefined) {
    throw new AwsJsonError(
      'SerializationException',
      unreadableText(valueAt(request, unreadable.steps), unreadable.wanted),
    )
  }
  if (found.length === 0) return
  const texts = [...new Set(found.map((violation) => textOf(violation, request, limits)))]
  throw new AwsJsonError(
    code,
    `${texts.length} validation error${texts.length === 1 ? '' : 's'} detected: ${texts.join('; ')}`,
  )
}

/** One thing that is wrong, as the services say it. */
function textOf(violation: Violation, request: unknown, limits: Limits): string {
  const { steps, ofKey, rule, shape: name } = violation
  const last = steps.at(-1)
  const shape = limits[name]
  const isInMap = ofKey || (last !== undefined && 'entry' in last)
  const isInList = last !== undefined && 'item' in last && rule !== 'required'
  // Of what is plain and lies in a list or a map, the whole of it is shown, and all that its parts have to keep.
  if ((isInMap || isInList) && shape !== undefined && isPlain(shape)) {
    const around = ofKey ? steps : steps.slice(0, -1)
    const what = ofKey ? 'Map keys' : isInMap ? 'Map value' : 'Member'
    return failed(
      valueAt(request, around),
      around,
      `${what} must satisfy constraint: [${constraintsOf(shape).join(', ')}]`,
    )
  }
  return failed(valueAt(request, steps), steps, constraintOf(violation, shape), shape)
}

function failed(value: unknown, steps: readonly Step[], constraint: string, shape?: Shape): string {
  const isSecret = shape !== undefined && 'sensitive' in shape
  const shown = value === undefined || value === null ? ' null' : isSecret ? '' : ` '${cut(plainText(value))}'`
  return `Value${shown} at '${pathOf(steps)}' failed to satisfy constraint: ${constraint}`
}

/** Of other values it is the value itself that is limited. */
const HAVE_LENGTH: ReadonlySet<Shape['type']> = new Set(['string', 'blob', 'list', 'map'])

function constraintOf({ rule, wanted }: Violation, shape: Shape | undefined): string {
  const size = shape !== undefined && HAVE_LENGTH.has(shape.type) ? 'length' : 'value'
  switch (rule) {
    case 'required':
      return 'Member must not be null'
    case 'unknown':
      return `Member must be one of ${wanted}`
    case 'min':
      return `Member must have ${size} greater than or equal to ${wanted}`
    case 'max':
      return `Member must have ${size} less than or equal to ${wanted}`
    case 'pattern':
      return `Member must satisfy regular expression pattern: ${wanted}`
    case 'enum':
      return `Member must satisfy enum value set: ${wanted}`
    case 'type':
      return `Member must be of type ${wanted}`
  }
}

/** All constraints of a plain value. */
function constraintsOf(shape: Shape): readonly string[] {
  const all: string[] = []
  const size = HAVE_LENGTH.has(shape.type) ? 'length' : 'value'
  if ('max' in shape && shape.max !== undefined) all.push(`Member must have ${size} less than or equal to ${shape.max}`)
  if ('min' in shape && shape.min !== undefined)
    all.push(`Member must have ${size} greater than or equal to ${shape.min}`)
  if (shape.type === 'string') {
    if (shape.pattern !== undefined) all.push(`Member must satisfy regular expression pattern: ${shape.pattern}`)
    if (shape.enum !== undefined) all.push(`Member must satisfy enum value set: [${shape.enum.join(', ')}]`)
  }
  return all
}

function isPlain({ type }: Shape): boolean {
  return type !== 'list' && type !== 'map' && type !== 'structure'
}

/** `algorithmSpecification.containerEntrypoint`, `tags.1.member.key`: members begin small, items are counted from 1. */
function pathOf(steps: readonly Step[]): string {
  const words = steps.map((step) => {
    if ('item' in step) return `${step.item + 1}.member`
    return 'entry' in step ? step.entry : `${step.member.slice(0, 1).toLowerCase()}${step.member.slice(1)}`
  })
  return words.join('.')
}

function valueAt(request: unknown, steps: readonly Step[]): unknown {
  let value = request
  for (const step of steps) {
    const key = 'item' in step ? step.item : 'member' in step ? step.member : step.entry
    const isThere = typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    value = isThere ? (value as Readonly<Record<string | number, unknown>>)[key] : undefined
  }
  return value
}

/** As the services' own language prints it: `[a, b]`, `{key=value}`. */
function plainText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plainText).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  return `{${Object.entries(value)
    .map(([key, item]) => `${key}=${plainText(item)}`)
    .join(', ')}}`
}

function cut(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`.toWellFormed()
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a String',
  integer: 'an Integer',
  long: 'a Long',
  float: 'a Float',
  double: 'a Double',
  boolean: 'a Boolean',
  timestamp: 'a Timestamp',
  blob: 'a Blob',
}

function unreadableText(value: unknown, wanted: string): string {
  if (Array.isArray(value)) return 'Start of list found where not expected'
  if (typeof value === 'object' && value !== null) return 'Start of structure or map found where not expected.'
  const type = TYPES[wanted]
  if (type === undefined) return `Expected ${wanted} or null`
  const tokens: Readonly<Record<string, string>> = {
    string: 'STRING',
    number: 'NUMBER',
    boolean: value === true ? 'TRUE' : 'FALSE',
  }
  return `${tokens[typeof value] ?? 'NULL'}_VALUE can not be converted to ${type}`
}
