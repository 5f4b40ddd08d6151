/** An error as data. `type` stands first: it must be known before values that lead back to the error are read. */
interface ReducedError {
  readonly type: string
  readonly name: string
  readonly message: string
  readonly stack?: string | undefined
  readonly cause?: unknown
  readonly errors?: unknown
  readonly properties: Readonly<Record<string, unknown>>
}

const ERROR_CLASSES: Readonly<Record<string, ErrorConstructor>> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
}

/**
 * Errors are mostly data, so those of a user's own class can be stored too: they come back as the nearest built-in
 * class, with their name, message, stack, cause and own enumerable properties.
 */
export function reduceError(error: Error & { readonly errors?: unknown }): ReducedError {
  return {
    type: builtinClassOf(error),
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...(isHidden(error, 'cause') ? { cause: error.cause } : {}),
    ...(isHidden(error, 'errors') ? { errors: error.errors } : {}),
    properties: Object.fromEntries(Object.entries(error)),
  }
}

/** Makes errors from their data: first empty ones, since an error's own data may lead back to it, then fills them. */
export class ErrorRevival {
  readonly #errors = new Map<object, Error>()

  begin(data: object): Error {
    const known = this.#errors.get(data)
    if (known !== undefined) return known
    const { type } = data as ReducedError
    const error = type === 'AggregateError' ? new AggregateError([]) : new (ERROR_CLASSES[type] ?? Error)()
    this.#errors.set(data, error)
    return error
  }

  finish(): void {
    for (const [data, error] of this.#errors) fill(error, data as ReducedError)
  }
}

function fill(error: Error, data: ReducedError): void {
  const { name, properties } = data
  for (const key of ['message', 'stack', 'cause', 'errors'] as const) {
    if (key in data) define(error, key, data[key], false)
  }
  if (error.name !== name) define(error, 'name', name, false)
  for (const [key, value] of Object.entries(properties)) define(error, key, value, true)
}

/** An own property that is not among the enumerable ones. */
function isHidden(error: object, key: string): boolean {
  return Object.hasOwn(error, key) && !Object.prototype.propertyIsEnumerable.call(error, key)
}

/** What the constructors of errors set is not enumerable. */
function define(error: Error, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, key, { value, configurable: true, enumerable, writable: true })
}

function builtinClassOf(error: object): string {
  for (
    let at = Object.getPrototypeOf(error) as object | null;
    at !== null;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    const { name } = at.constructor
    if (name === 'AggregateError' || Object.hasOwn(ERROR_CLASSES, name)) return name
  }
  return 'Error'
}
