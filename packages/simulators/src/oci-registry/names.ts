import { DistributionError } from './distribution-error.ts'

/** `sha256:` and 64 lowercase hex digits: the one algorithm that this registry stores by. */
export type Digest = `sha256:${string}`

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`)
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/
const DIGEST = /^sha256:[a-f0-9]{64}$/
/** The specification has no limit, but tells of clients that allow 255 characters for a name and its host; ECR takes 256 without it. */
const REPOSITORY_CHARACTERS = 256

/** Whether a text is a digest that this registry knows. */
export function isDigest(text: string): text is Digest {
  return DIGEST.test(text)
}

/** Whether the specification allows it as a tag: 128 characters at most. */
export function isTag(text: string): boolean {
  return TAG.test(text)
}

/** Whether the specification allows it as the name of a repository. */
export function isRepositoryName(text: string): boolean {
  return text.length <= REPOSITORY_CHARACTERS && REPOSITORY.test(text)
}

/** Throws `DIGEST_INVALID` for anything else. */
export function parseDigest(text: string | null | undefined): Digest {
  if (text !== null && text !== undefined && isDigest(text)) return text
  throw new DistributionError(400, 'DIGEST_INVALID', `${text ?? 'nothing'} is no sha256 digest`)
}
