import { looksRandom } from './looks-random.ts'
import { saysWhere } from './secret-references.ts'

/** What providers give out, found anywhere in a text: `a token of GitHub`. */
export function shapeOfSecret(text: string): string | undefined {
  const shape = SHAPES.find(([, pattern]) => pattern.test(text))
  if (shape !== undefined) return shape[0]
  if (hasPasswordInText(text)) return 'a text with a password in it'
  // The secret half of an access key has no mark of its own.
  if (/^[A-Za-z0-9/+]{40}$/.test(text) && ALL_KINDS.test(text) && looksRandom(text)) return 'a secret key of AWS'
  return undefined
}

const ALL_KINDS = /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])/

/** `…;Password=hunter2;…`, `PGPASSWORD=hunter2 psql`; what is a reference there, is none. */
function hasPasswordInText(text: string): boolean {
  return [...text.matchAll(ASSIGNED)].some(([, inDouble, inSingle, bare]) => {
    const value = inDouble ?? inSingle ?? bare ?? ''
    return value !== '' && !saysWhere(value) && !OF_A_SHELL.test(value)
  })
}

/** Lengths are limited, so that a long text takes no longer than it must. */
const ASSIGNED =
  /(?<![A-Za-z0-9])(?:[\w-]{0,40}(?:password|passwd|passphrase)|(?:\w{1,40}_)?pwd|account_?key|shared_?access_?(?:key|signature)|client_?secret|api[_-]?key|secret_?access_?key)\s{0,4}=\s{0,4}(?:"([^"]*)"|'([^']*)'|([^;&\s,"']+))/gi

/** `$PASSWORD`, `${PASSWORD}`, and what a command gives. */
const OF_A_SHELL = /^(?:\$\(|`|\$[A-Z_]\w*$|\$\{[A-Z_]\w*\}$)/

const NO_WORD_BEFORE = '(?<![A-Za-z0-9])'
const ONLY_VARIABLES = String.raw`(?:\$\{env:[A-Za-z_]\w*\})+`

function shape(what: string, pattern: string, flags = ''): readonly [what: string, pattern: RegExp] {
  return [what, new RegExp(`${NO_WORD_BEFORE}(?:${pattern})`, flags)]
}

const SHAPES: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a private key', /-----BEGIN [A-Z0-9 ]*PRIVATE KEY/],
  shape('an access key of AWS', String.raw`(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])`),
  shape('a token of GitHub', String.raw`gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}`),
  shape('a token of GitLab', String.raw`gl(?:pat|dt|rt|cbt|ptt|oas)-[\w-]{16,}`),
  shape('a token of npm', 'npm_[A-Za-z0-9]{30,}'),
  shape('a token of PyPI', String.raw`pypi-AgE[\w-]{20,}`),
  shape('a token of Docker', String.raw`dckr_[po]at_[\w-]{20,}`),
  shape('a token of Slack', String.raw`xox[abeprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{10,}`),
  ['a webhook of Slack', /hooks\.slack\.com\/(?:services|workflows)\/[A-Z0-9]+\/[A-Z0-9]+\/\w{8,}/],
  shape('a key of Stripe', String.raw`[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{16,}`),
  shape('a token of Hugging Face', 'hf_[A-Za-z0-9]{30,}'),
  // Names such as sk-learn-image have no digit and capital.
  ['a key of an API', /(?<![A-Za-z0-9-])sk-(?=[\w-]{0,80}\d)(?=[\w-]{0,80}[a-z])(?=[\w-]{0,80}[A-Z])[\w-]{20,}/],
  shape('a key of SendGrid', String.raw`SG\.[\w-]{16,}\.[\w-]{16,}`),
  shape('a token of Databricks', 'dapi[0-9a-f]{32}'),
  shape('a token of Vault', String.raw`hv[sbr]\.[\w-]{24,}`),
  shape('a token of DigitalOcean', 'do[opr]_v1_[0-9a-f]{40,}'),
  shape('a key of Google', String.raw`AIza[\w-]{35}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,}|1\/\/0[\w-]{40,}`),
  ['a secret of Azure', /(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])/],
  [
    'a key of Azure',
    /(?<![A-Za-z0-9+/]|sha512-)(?:[A-Za-z0-9+/]{86}==|[A-Za-z0-9+/]{32,90}?\+(?:ACR|ASb|AEh|ARm|AIo|AMC|ASt)[A-Za-z0-9+/]{5,}={0,2}|[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4})/,
  ],
  ['a signed token', /(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8}/],
  ['a signed address', /(?:^|[?&])(?:sig|X-Amz-Signature|X-Goog-Signature)=(?!\$\{env:)[^&\s]+/i],
  [
    'an address with a password',
    new RegExp(String.raw`\b[a-z][a-z0-9+.-]{0,30}://[^/\s:@"'<>]*:(?!${ONLY_VARIABLES}@)(?!\d+@sha\d)[^/\s@]+@`, 'i'),
  ],
  ['an address with a password', /\bjdbc:oracle:thin:[^/\s@]{1,128}\/(?!\$\{env:)[^/\s@]{1,128}@/i],
  [
    'a header with its credentials',
    new RegExp(
      String.raw`authorization["']?\s*[:=]\s*["']?(?:bearer|basic|token|digest)\s+(?!${ONLY_VARIABLES}|\$[A-Z(])\S`,
      'i',
    ),
  ],
  ['a header with its credentials', /^bearer\s+(?!\$\{env:)[\w.~+/-]{16,}=*$/i],
]
