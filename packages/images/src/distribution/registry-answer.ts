import { discard, readText, type HttpAnswer } from './http-answer.ts'

/** An answer that is no success, as the `cause` of errors: callers that can do something about a code look here. */
export class RegistryAnswerError extends Error {
  /** HTTP. */
  readonly status: number
  /** Those of the distribution API: `MANIFEST_BLOB_UNKNOWN`, `NAME_UNKNOWN`. */
  readonly codes: readonly string[]
  /** What the registry says for people, cut to a few hundred characters. Empty where it says nothing. */
  readonly explanation: string
  /** Milliseconds that it asks us to wait. */
  readonly retryAfterMs: number | undefined

  constructor(status: number, body: ErrorBody, retryAfterMs?: number) {
    super([`${status}`, ...body.codes, body.explanation].filter((part) => part !== '').join(' '))
    this.status = status
    this.codes = body.codes
    this.explanation = body.explanation
    this.retryAfterMs = retryAfterMs
  }
}

interface ErrorBody {
  readonly codes: readonly string[]
  readonly explanation: string
}

const LONGEST_BODY = 65_536
const LONGEST_EXPLANATION = 400

/** The answer behind an error of this package, where a registry's refusal is what it is about. */
export function answerOf(error: unknown): RegistryAnswerError | undefined {
  for (let thrown = error; thrown instanceof Error; thrown = thrown.cause)
    if (thrown instanceof RegistryAnswerError) return thrown
  return undefined
}

/** Gives up the body where the status is one of those that are expected; else throws a {@link RegistryAnswerError}. */
export async function expectStatus(answer: HttpAnswer, expected: readonly number[]): Promise<HttpAnswer> {
  if (!expected.includes(answer.status)) throw await answerError(answer)
  await discard(answer)
  return answer
}

/** Reads what the registry says about its refusal. */
export async function answerError(answer: HttpAnswer): Promise<RegistryAnswerError> {
  const { status, message } = answer
  const body = await readText(answer, LONGEST_BODY)
  return new RegistryAnswerError(
    status,
    parseErrorBody(body.toString()),
    retryAfter(message.headers['retry-after'], Date.now()),
  )
}

/** The body of an error: `{ errors: [{ code, message, detail }] }`, or whatever a proxy in between says. */
export function parseErrorBody(text: string): ErrorBody {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    // A page of HTML helps nobody.
    return { codes: [], explanation: /^\s*</.test(text) ? '' : oneLine(text) }
  }
  const errors = field(parsed, 'errors')
  const list: readonly unknown[] = Array.isArray(errors) ? errors : [parsed]
  const codes = list.flatMap((entry) => stringField(entry, 'code') ?? [])
  // Token services write `details`, or OAuth's `error_description`.
  const explanations = list.flatMap(
    (entry) =>
      stringField(entry, 'message') ?? stringField(entry, 'error_description') ?? stringField(entry, 'details') ?? [],
  )
  return { codes: [...new Set(codes)].map(oneLine), explanation: oneLine([...new Set(explanations)].join('; ')) }
}

/** Milliseconds of a `Retry-After`, which is a number of seconds or a date. */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

function stringField(value: unknown, name: string): string | undefined {
  const found = field(value, name)
  return typeof found === 'string' && found !== '' ? found : undefined
}

function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- an answer must not steer the terminal that shows it
  const line = text.replace(/[\s\u0000-\u001f\u007f]+/g, ' ').trim()
  return line.length > LONGEST_EXPLANATION ? `${line.slice(0, LONGEST_EXPLANATION)}…` : line
}
