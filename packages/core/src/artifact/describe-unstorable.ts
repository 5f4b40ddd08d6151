import { types } from 'node:util'

/** What something is that no materializer holds, and what its author can do. */
export interface Unstorable {
  /** Goes on after `… is`. */
  readonly what: string
  readonly hint: string
}

/** For a value that cannot be stored. */
export function describeUnstorable(value: unknown): Unstorable {
  if (typeof value === 'function') {
    return {
      what: value.name === '' ? 'a function' : `a function (${value.name})`,
      hint: 'Only data can be stored: store what the function needs, and make the function where it is called.',
    }
  }
  if (typeof value === 'symbol') return { what: 'a symbol', hint: 'Use a string.' }
  if (isThenable(value)) {
    return { what: 'a promise', hint: 'Is an `await` forgotten? For several at once: `await Promise.all([…])`.' }
  }
  if (isStream(value)) {
    return {
      what: 'a stream',
      hint: 'A stream can only be stored as the whole value. Read it, or write a file and use fileAt(path).',
    }
  }
  return describeInstance(value as object)
}

function describeInstance(value: object): Unstorable {
  const name = className(value)
  if (name === 'Blob' || name === 'File') return { what: `a ${name}`, hint: 'Store its bytes: `await blob.bytes()`.' }
  const article = /^[aeiou]/i.test(name) ? 'an' : 'a'
  const data =
    'toJSON' in value && typeof value.toJSON === 'function' ? 'what its toJSON() returns' : 'its data as a plain object'
  return {
    what: name === '' ? 'an instance of a class' : `${article} ${name} (an instance of a class)`,
    hint: `Store ${data} and make the instance again from it, or register a materializer for the class: registerMaterializer({ … }).`,
  }
}

function isThenable(value: unknown): boolean {
  return (
    types.isPromise(value) ||
    (typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function')
  )
}

/** Anything that is read once, piece by piece. */
function isStream(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

function className(value: object): string {
  const prototype = Object.getPrototypeOf(value) as object | null
  const constructor: unknown = prototype === null ? undefined : (prototype as Record<string, unknown>)['constructor']
  return typeof constructor === 'function' ? constructor.name : ''
}
