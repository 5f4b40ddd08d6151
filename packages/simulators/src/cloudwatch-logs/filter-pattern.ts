import { invalidParameter } from './logs-errors.ts'

/** Whether a message has what a pattern asks for. */
export type MessageFilter = (message: string) => boolean

const WORD = /([-?]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]+)%|([^\s"%]+))(?:\s+|$)/y

/**
 * Reads a filter pattern of plain text: `error`, `"exit code"`, `-debug`, `?a ?b`, `%regular expression%`. Throws for what it cannot read, and
 * for patterns of JSON (`{ … }`) and of columns (`[ … ]`), which the simulator does not have.
 */
export function readFilterPattern(pattern: string): MessageFilter {
  const text = pattern.trim()
  if (/^[{[]/.test(text)) throw invalidParameter(`The simulator does not implement this filter pattern: ${text}`)
  const wanted: MessageFilter[] = []
  const optional: MessageFilter[] = []
  for (WORD.lastIndex = 0; WORD.lastIndex < text.length;) {
    const [, sign, quoted, expression, plain] = WORD.exec(text) ?? []
    if ((quoted ?? expression ?? plain) === undefined) throw invalidParameter('Invalid filter pattern')
    const has =
      expression === undefined ? hasText(quoted?.replaceAll(/\\(.)/g, '$1') ?? plain ?? '') : matches(expression)
    if (sign === '?') optional.push(has)
    else wanted.push(sign === '-' ? (message) => !has(message) : has)
  }
  return (message) =>
    wanted.every((has) => has(message)) &&
    (optional.length === 0 || wanted.length > 0 || optional.some((has) => has(message)))
}

function hasText(text: string): MessageFilter {
  return (message) => message.includes(text)
}

function matches(expression: string): MessageFilter {
  try {
    const compiled = new RegExp(expression)
    return (message) => compiled.test(message)
  } catch (error) {
    if (error instanceof SyntaxError) throw invalidParameter(`Invalid filter pattern: ${error.message}`)
    throw error
  }
}
