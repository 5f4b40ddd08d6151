/** What a value must not be written as, and why it is taken for a secret. Never holds the value. */
export function whyItIsSecret(key: string | undefined, value: string | number): string | undefined {
  const text = String(value)
  const shape = SHAPES.find(([, pattern]) => pattern.test(text))
  if (shape !== undefined) return `the value looks like ${shape[0]}`
  if (key === undefined || text.trim() === '' || isReference(text)) return undefined
  const words = wordsOf(key)
  const kind = endsWith(words, PASSWORDS) ? 'password' : endsWith(words, SECRETS) ? 'secret' : undefined
  if (kind === undefined || (kind === 'secret' && typeof value === 'number')) return undefined
  // Who says "credentials" may mean a file that holds them.
  if (endsWith(words, FILES) && /^(?:\.{0,2}|~)\/./.test(text)) return undefined
  return 'a key of this name holds a secret, and its value is written out'
}

/** `${env:NAME}`, `file:/run/secrets/token`, `aws-secretsmanager:name`, `arn:aws:secretsmanager:…`. */
function isReference(text: string): boolean {
  return /\$\{env:[^}]*\}/.test(text) || REFERENCE.test(text)
}

const REFERENCE =
  /^(?:file:\.{0,2}\/|env:[A-Za-z_]\w*$|arn:aws[\w-]*:(?:secretsmanager|ssm):|(?:aws|gcp|azure)-[a-z]+(?:-[a-z]+)*:|(?:[a-z]+-)*(?:vault|keyvault|secrets?|secretmanager|secretsmanager):)\S*$/

const PASSWORDS = ['password', 'passwd', 'passphrase', 'pwd']
const SECRETS = [
  'secret',
  'token',
  'credential',
  'credentials',
  'api key',
  'apikey',
  'access key',
  'accesskey',
  'account key',
  'private key',
  'secret key',
  'shared key',
  'signing key',
  'encryption key',
  'connection string',
  'connectionstring',
]
const FILES = ['credential', 'credentials', 'private key']

/** Words of `apiKey`, `API_KEY`, `api-key`, each in lower case. */
function wordsOf(key: string): string {
  return key
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .replaceAll(/[^A-Za-z0-9]+/g, ' ')
    .trim()
    .toLowerCase()
}

/** `tokenUri` and `secretName` say where a secret is, or which: only the last words count. */
function endsWith(words: string, endings: readonly string[]): boolean {
  return endings.some((ending) => words === ending || words.endsWith(` ${ending}`))
}

/** What providers give out, wherever it stands. */
const SHAPES: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY/],
  ['an access key of AWS', /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])/],
  ['a token of GitHub', /(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,})/],
  ['a token of GitLab', /(?<![A-Za-z0-9])glpat-[\w-]{16,}/],
  ['a token of npm', /(?<![A-Za-z0-9])npm_[A-Za-z0-9]{30,}/],
  ['a token of Slack', /(?<![A-Za-z0-9])xox[abeprs]-[A-Za-z0-9-]{10,}/],
  ['a token of Hugging Face', /(?<![A-Za-z0-9])hf_[A-Za-z0-9]{30,}/],
  ['a key of an API', /(?<![A-Za-z0-9-])sk-[\w-]{20,}/],
  ['a key of Google', /(?<![A-Za-z0-9])(?:AIza[\w-]{35}|ya29\.[\w-]{20,})/],
  ['a signed token', /(?<![A-Za-z0-9])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*/],
  ['a connection string with its key', /(?:AccountKey|SharedAccessKey|SharedAccessSignature)=(?!\$\{env:)[^;\s]+/i],
  ['a signed address', /[?&](?:sig|X-Amz-Signature|X-Goog-Signature)=(?!\$\{env:)[^&\s]+/i],
  ['an address with a password', /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:(?!\$\{env:)[^/\s@]+@/i],
]
