import { DistributionError } from './distribution-error.ts'
import { isRepositoryName } from './names.ts'

/** What a path of the distribution API names. */
export type Route =
  | { readonly kind: 'base' }
  | { readonly kind: 'manifest'; readonly repository: string; readonly reference: string }
  | { readonly kind: 'blob'; readonly repository: string; readonly digest: string }
  | { readonly kind: 'uploads'; readonly repository: string }
  | { readonly kind: 'upload'; readonly repository: string; readonly id: string }
  | { readonly kind: 'tags'; readonly repository: string }
  | { readonly kind: 'referrers'; readonly repository: string; readonly digest: string }

type RouteOf = (repository: string, last: string) => Route

// A repository may be named `a/blobs/b`: the last words decide.
const ROUTES: readonly (readonly [RegExp, RouteOf])[] = [
  [/^\/v2\/(.+)\/blobs\/uploads\/?$/, (repository) => ({ kind: 'uploads', repository })],
  [/^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/, (repository, id) => ({ kind: 'upload', repository, id })],
  [/^\/v2\/(.+)\/blobs\/([^/]+)$/, (repository, digest) => ({ kind: 'blob', repository, digest })],
  [/^\/v2\/(.+)\/manifests\/([^/]+)$/, (repository, reference) => ({ kind: 'manifest', repository, reference })],
  [/^\/v2\/(.+)\/referrers\/([^/]+)$/, (repository, digest) => ({ kind: 'referrers', repository, digest })],
  [/^\/v2\/(.+)\/tags\/list$/, (repository) => ({ kind: 'tags', repository })],
]

/** `undefined`: no path of the API. Throws `NAME_INVALID` for a repository that cannot be. */
export function parseRoute(path: string): Route | undefined {
  if (path === '/v2/' || path === '/v2') return { kind: 'base' }
  for (const [pattern, route] of ROUTES) {
    const [, repository, last = ''] = pattern.exec(path) ?? []
    if (repository === undefined) continue
    if (!isRepositoryName(repository)) {
      throw new DistributionError(400, 'NAME_INVALID', `${repository} is no name of a repository`)
    }
    return route(repository, decode(last))
  }
  return undefined
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
