import { configError } from '@sidestep/core/component'

import { isDigest } from './digest.ts'

/** An image by its name: `ghcr.io/acme/steps:1`, `node@sha256:…`. */
export interface ImageReference {
  /** `host[:port]`; Docker Hub is `docker.io`. */
  readonly registry: string
  /** `library/node`, `acme/steps`. */
  readonly repository: string
  /** Absent where none is written: Docker means `latest` by that, unless there is a digest. */
  readonly tag?: string
  /** `sha256:…` */
  readonly digest?: string
}

const HUB = 'docker.io'
const LABEL = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const REGISTRY = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?$`)
const PATH_PART = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/
const TAG = /^\w[\w.-]{0,127}$/
const PARTS =
  'Parts are lowercase letters and digits, with single dots, one or two underscores, or hyphens between them.'
/** Bytes, without the registry. */
const LONGEST_REPOSITORY = 255

/**
 * Reads a name by Docker's rules: the first part is a registry where it has a dot, a colon or a capital, or is `localhost`;
 * else the image is Docker Hub's, and below `library/` where it has one part only.
 *
 * Throws a `CONFIG_INVALID` error that says what is wrong with it.
 */
export function parseReference(text: string): ImageReference {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text))
    throw invalid(text, 'it begins like a URL', `Write ${text.replace(/^[^:]*:\/\//, '')}.`)
  if (/^[0-9a-f]{64}$/.test(text)) {
    throw invalid(
      text,
      'it is the id of an image on one machine, which no registry knows',
      'Write a repository, and @sha256:… after it.',
    )
  }
  const { name, digest } = cutDigest(text)
  const { rest, tag } = cutTag(text, name)
  const { registry, path } = cutRegistry(rest)
  const repository = registry === HUB && path !== '' && !path.includes('/') ? `library/${path}` : path
  checkRegistry(registry, text)
  checkRepository(repository, text)
  return { registry, repository, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) }
}

/** The name in full, with `docker.io/` and `library/`: what {@link parseReference} reads back as the same. */
export function formatReference({ registry, repository, tag, digest }: ImageReference): string {
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`
}

/** Throws a `CONFIG_INVALID` error unless it is `host[:port]`. `name` is what the user wrote. */
export function checkRegistry(registry: string, name: string = registry): void {
  if (!REGISTRY.test(registry)) throw invalid(name, `"${registry}" is no host[:port] of a registry`)
}

/** Throws a `CONFIG_INVALID` error unless it is the path of a repository. `name` is what the user wrote. */
export function checkRepository(repository: string, name: string = repository): void {
  if (repository === '') throw invalid(name, 'the repository is missing')
  const small = repository.toLowerCase()
  // Where capitals are all that is wrong with it.
  if (small !== repository && small.split('/').every((part) => PATH_PART.test(part))) {
    const at = name.indexOf(repository)
    const advice = at === -1 ? small : `${name.slice(0, at)}${small}${name.slice(at + repository.length)}`
    throw invalid(name, `"${repository}" has capitals, and names of repositories are lowercase`, `Write ${advice}.`)
  }
  if (repository.length > LONGEST_REPOSITORY)
    throw invalid(name, `its repository is longer than ${LONGEST_REPOSITORY} characters`)
  const bad = repository.split('/').find((part) => !PATH_PART.test(part))
  if (bad === undefined) return
  throw invalid(
    name,
    bad === '' ? 'a part between two slashes is empty' : `"${bad}" is no part of a repository's name`,
    PARTS,
  )
}

function cutDigest(text: string): { name: string; digest?: string } {
  const at = text.indexOf('@')
  if (at === -1) return { name: text }
  const digest = text.slice(at + 1)
  if (isDigest(digest)) return { name: text.slice(0, at), digest }
  throw invalid(text, `"${digest}" is no digest`, 'A digest is sha256: and 64 lowercase hex digits.')
}

function cutTag(text: string, name: string): { rest: string; tag?: string } {
  // A colon before the last slash is that of a port.
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1)
  if (colon === -1) return { rest: name }
  const tag = name.slice(colon + 1)
  if (TAG.test(tag)) return { rest: name.slice(0, colon), tag }
  throw invalid(
    text,
    `"${tag}" is no tag`,
    'A tag has up to 128 letters, digits, _ . and -, and begins with neither . nor -.',
  )
}

function cutRegistry(rest: string): { registry: string; path: string } {
  const slash = rest.indexOf('/')
  const first = rest.slice(0, Math.max(slash, 0))
  if (slash === -1 || !(/[.:A-Z[]/.test(first) || first === 'localhost')) return { registry: HUB, path: rest }
  const path = rest.slice(slash + 1)
  // Docker Hub's old name, which Docker's own configuration still has.
  return { registry: first === 'index.docker.io' ? HUB : first, path }
}

function invalid(text: string, problem: string, hint?: string): Error {
  return configError('CONFIG_INVALID', `"${text}" is no name of an image: ${problem}.`, hint)
}
