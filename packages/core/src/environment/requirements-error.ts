import { SidestepError } from '../errors.ts'
import { NpmError } from './npm.ts'

/** What npm says when no repetition will help. */
const WRONG_REQUEST = new Set([
  'E404',
  'ETARGET',
  'ENOVERSIONS',
  'ERESOLVE',
  'EUSAGE',
  'EBADPLATFORM',
  'EBADENGINE',
  'EINVALIDTAGNAME',
  'EINVALIDPACKAGENAME',
])
/** Why a certificate is not believed. */
const NOT_TRUSTED = /CERT|SIGNATURE/
const NOT_ALLOWED = new Set(['E401', 'E403', 'ENEEDAUTH'])

export interface Asked {
  /** As `name@range`. */
  readonly requirements: readonly string[]
  /** Who asked, such as `docker.requirements of the step train`. */
  readonly origin?: string | undefined
}

/** npm's failure as a `SidestepError`; any other error as it is. */
export function requirementsError(thrown: unknown, { requirements, origin }: Asked): unknown {
  if (!(thrown instanceof NpmError)) return thrown
  const { code = '', summary, lastLines } = thrown
  const asked = origin === undefined ? '' : ` (${origin})`
  const named = requirements.find((requirement) => mentions(`${summary}\n${lastLines.join('\n')}`, requirement))
  const what = named ?? `the requirements ${requirements.join(', ')}`
  const said = lastLines.filter((line) => !line.includes('A complete log of this run') && !line.includes(summary))
  const text = [summary, ...said].join('\n')
  if (WRONG_REQUEST.has(code)) {
    return new SidestepError(`${what}${asked} cannot be resolved: ${summary}`, {
      code: 'REQUIREMENTS_UNRESOLVED',
      kind: 'config',
      hint: hintFor(code),
      cause: thrown,
    })
  }
  const auth = NOT_ALLOWED.has(code)
  return new SidestepError(`${what}${asked} could not be installed: ${text}`, {
    code: 'REQUIREMENTS_FAILED',
    kind: auth ? 'auth' : 'infra',
    hint: auth
      ? 'The registry refuses the credentials that npm has: see .npmrc of the project and of the user.'
      : unreachedHint(code),
    cause: thrown,
  })
}

function unreachedHint(code: string): string {
  return NOT_TRUSTED.test(code)
    ? 'npm does not trust the certificate of its registry. Where it is of an authority of your own, NODE_EXTRA_CA_CERTS (or `cafile` in .npmrc) names the file with it.'
    : 'npm did not get what it needs from the registry. Try again; `npm ping` shows whether it can be reached.'
}

function mentions(text: string, requirement: string): boolean {
  const name = requirement.slice(0, requirement.indexOf('@', 1))
  return text.includes(`${name}@`) || text.includes(`/${name.replace('/', '%2f')} `) || text.includes(`'${name}'`)
}

function hintFor(code: string): string {
  switch (code) {
    case 'E404':
      return 'Correct the name, or give npm access to the registry that has the package.'
    case 'ETARGET':
    case 'ENOVERSIONS':
      return 'Ask for a version that exists: `npm view NAME versions` lists them.'
    case 'EINVALIDPACKAGENAME':
    case 'EINVALIDTAGNAME':
      return "Write 'name@1.2.3', 'name@^1.2.3' or 'name'."
    case 'ERESOLVE':
      return 'Two packages ask for versions that exclude each other: choose versions that go together.'
    case 'EUSAGE':
      return 'package.json and package-lock.json do not fit each other: run `npm install` in the project.'
    default:
      return 'Ask for a version that runs on this machine.'
  }
}
