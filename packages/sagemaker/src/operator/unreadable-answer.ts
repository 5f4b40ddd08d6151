import { messageOf, SidestepError, type ErrorCode } from '@sidestep/core'

/** What the SDK and JavaScript itself call what they cannot read. */
const UNREAD: ReadonlySet<string> = new Set(['SyntaxError', 'TypeError', 'RangeError'])
/** What the SDK calls an answer in which AWS names no error. */
const NAMELESS: ReadonlySet<string> = new Set([
  '',
  'Error',
  'Unknown',
  'UnknownError',
  'CloudWatchLogsServiceException',
  'SageMakerServiceException',
  'STSServiceException',
])
/** Of a page that is quoted. */
const LONGEST_QUOTE = 120

/** What to do where something else than AWS has answered. */
export const BETWEEN_HINT =
  'Something between here and AWS has answered: a proxy, a load balancer, a page to sign in. See `endpoint` of the component, AWS_ENDPOINT_URL, and the proxy of this machine.'

interface Answered {
  readonly name?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> }
}

/** Whether an error is that of an answer with a status and without a word of AWS: nobody knows who gave it, and what was done. Pure. */
export function isNoAnswerOfAws(error: unknown): boolean {
  const { name, status } = partsOf(error)
  return status !== undefined && (UNREAD.has(name) || NAMELESS.has(name))
}

/** How an answer without a word of AWS is told: by its status, where it leads, and what could not be read of it. Pure. */
export function wordsOfNoAnswer(error: unknown): string {
  const { name, status, headers } = partsOf(error)
  const [words = ''] = messageOf(error).split('\n  Deserialization error')
  const where = headers['location'] === undefined ? '' : `, which leads to ${headers['location']}`
  const read = UNREAD.has(name) ? `${name}: ${words}` : NAMELESS.has(words) ? '' : words
  const quote = read.replaceAll(/\s+/g, ' ').slice(0, LONGEST_QUOTE)
  return `the answer had the status ${status}${where}, and was none of AWS${quote === '' ? '' : ` (${quote})`}`
}

/** An answer of AWS that lacks what every answer of its kind has. It counts as none. */
export function unreadableAnswer(what: string, code: ErrorCode = 'LAUNCH_FAILED'): SidestepError {
  return new SidestepError(`${what}: it counts as none`, { code, kind: 'infra', hint: BETWEEN_HINT })
}

function partsOf(error: unknown): {
  readonly name: string
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, string>>
} {
  const { name, $metadata, $response } = (typeof error === 'object' && error !== null ? error : {}) as Answered
  return {
    name: typeof name === 'string' ? name : '',
    status: $metadata?.httpStatusCode,
    headers: $response?.headers ?? {},
  }
}
