import { saysWhere } from './secret-references.ts'
import { shapeOfSecret } from './secret-shapes.ts'

/** What a value must not be written as, and why it is taken for a secret. Never holds the value. */
export function whyItIsSecret(key: string | undefined, value: string | number): string | undefined {
  const text = String(value).trim()
  const shape = shapeOfSecret(text)
  if (shape !== undefined) return `the value looks like ${shape}`
  const kind = key === undefined ? undefined : kindOf(key)
  if (kind === undefined || text === '' || (kind !== 'password' && typeof value === 'number')) return undefined
  return isWrittenOut(text, kind) ? 'a key of this name holds a secret, and its value is written out' : undefined
}

function isWrittenOut(text: string, kind: Kind): boolean {
  if (saysWhere(text)) return false
  if (kind === 'header') return HEADER.test(text) || isNameAndPassword(text)
  if (kind === 'encryption') return !IDENTIFIER.test(text)
  // It is made of names and values, of which one refers to the secret.
  if (kind === 'connection') return !(CONNECTION.test(text) && text.includes('${env:'))
  return kind === 'password' || !MARK.test(text)
}

type Kind = 'password' | 'secret' | 'encryption' | 'connection' | 'header'

/** By the last words of a key: `tokenUri` and `secretName` say where a secret is, or which. */
function kindOf(key: string): Kind | undefined {
  const words = wordsOf(key)
  if (NO_SECRET.test(words)) return undefined
  return KINDS.find(([, pattern]) => pattern.test(words))?.[0]
}

/** Words of `apiKey`, `API_KEY`, `api-key`, each in lower case. */
function wordsOf(key: string): string {
  return key
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .replaceAll(/[^A-Za-z0-9]+/g, ' ')
    .trim()
    .toLowerCase()
}

const KINDS: readonly (readonly [Kind, RegExp])[] = [
  ['password', /(?:passwords?|passwds?|passphrases?|\bpasscodes?|\bpwds?)$/],
  ['encryption', /\bencryption ?keys?$/],
  ['connection', /\bconnection ?strings?$/],
  ['header', /\b(?:auth|authorization)$/],
  [
    'secret',
    /\b(?:secret|tokens?|credentials?|shared access signatures?|(?:api|access|account|private|secret|shared|signing|storage|subscription|master|webhook) ?keys?)$/,
  ],
  // `secrets` alone are often names of what a cluster keeps.
  ['secret', /\b\w+ secrets$/],
]

/** Marks and counts of what a model reads, pages of an answer, and what a cluster keeps under a name. */
const NO_SECRET =
  /\b(?:(?:bos|eos|eot|pad|padding|unk|unknown|sep|cls|mask|stop|start|end|special|partition|page|pagination|next|continuation|idempotency) tokens?|(?:max|min|num|new|total) tokens|pull secrets?|existing secrets?|(?:tls|k8s|kubernetes) secrets?)$/

/** `</s>`, `<|endoftext|>`, `[PAD]`. */
const MARK = /^(?:<[^<>]*>|\[[A-Z_]+\])$/

const CONNECTION = /^(?:[a-z][a-z0-9+.-]*:\/\/|[\w .-]+=)/i

/** `Bearer abc`, `Basic dXNlcjpw`: `auth: iam` is none. */
const HEADER = /^(?:bearer|basic|digest|token|apikey|sharedkey)\s+(?!(?:\$\{env:[A-Za-z_]\w*\})+$)\S/i

/** As registries have it: `user:password` in Base64. */
function isNameAndPassword(text: string): boolean {
  if (!/^[A-Za-z0-9+/]{8,}={0,2}$/.test(text)) return false
  return /^[\x20-\x7e]+:[\x20-\x7e]+$/.test(Buffer.from(text, 'base64').toString('latin1'))
}

/** Of a key that a service keeps: its alias, or its id. */
const IDENTIFIER = /^(?:alias\/[\w/-]+|(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))$/
