import { codeOf, messageOf, SidestepError } from '@sidestep/core/project'

const MAX_LINKS = 8

/** An error and its causes, outermost first. */
export function errorChain(error: unknown): unknown[] {
  const chain: unknown[] = []
  for (let link = error; link !== undefined && link !== null && chain.length < MAX_LINKS; link = causeOf(link)) {
    if (chain.includes(link)) break
    chain.push(link)
  }
  return chain
}

/**
 * The links of a chain that say something of their own. Of two errors of ours that say the same, the outer one knows
 * more, such as the place in a file, and so it does of one of the system's. Around an error of the step's own code it is left
 * out: the headline names the step already.
 */
export function tellingLinks(chain: readonly unknown[]): unknown[] {
  const telling: unknown[] = []
  for (const link of chain) {
    const last = telling.at(-1)
    const message = messageOf(link)
    const repeats = SidestepError.isInstance(last) && message !== '' && last.message.includes(message)
    if (repeats && (SidestepError.isInstance(link) || kindOf(last) !== 'step')) continue
    if (repeats) telling.pop()
    telling.push(link)
  }
  return telling
}

/** Name, code and message as one text: `TypeError: boom`, `Error [ENOENT]: no such file`. */
export function titleOf(error: unknown): string {
  if (!isError(error)) return `thrown: ${typeof error === 'string' ? error : (JSON.stringify(error) ?? String(error))}`
  if (SidestepError.isInstance(error)) return error.message
  const code = codeOf(error)
  const name = code === undefined || error.name.includes(code) ? error.name : `${error.name} [${code}]`
  return error.message === '' ? name : `${name}: ${error.message}`
}

/** A text without the words that name the step: they stand beside it already. */
export function withoutStep(text: string, stepName: string): string {
  const words = `the step ${stepName} failed: `
  return text.startsWith(words) ? text.slice(words.length) : text
}

/** The first line of a text; where it announces a list, with the first item of that. */
export function firstLine(text: string): string {
  const [first = '', second = ''] = text.split('\n', 2)
  return first.endsWith(':') ? `${first} ${second.trim()}`.trimEnd() : first
}

export function stackOf(error: unknown): string | undefined {
  return isError(error) ? error.stack : undefined
}

/** The hint of an error. Those of a job come back as plain errors: it is a mere property then. */
export function hintOf(error: unknown): string | undefined {
  return textOf(error, 'hint')
}

/** The kind of an error of ours, one that comes from a job included; what the user's errors call kind is theirs. */
export function kindOf(error: unknown): string | undefined {
  return isOurs(error) ? textOf(error, 'kind') : undefined
}

/** The code of an error of ours, one that comes from a job included. */
export function ownCodeOf(error: unknown): string | undefined {
  return isOurs(error) ? textOf(error, 'code') : undefined
}

function isOurs(error: unknown): boolean {
  return SidestepError.isInstance(error) || (isError(error) && error.name === 'SidestepError')
}

function textOf(error: unknown, property: 'hint' | 'kind' | 'code'): string | undefined {
  const text = typeof error === 'object' && error !== null ? Reflect.get(error, property) : undefined
  return typeof text === 'string' ? text : undefined
}

function isError(value: unknown): value is Error {
  return value instanceof Error || SidestepError.isInstance(value)
}

function causeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined
}
