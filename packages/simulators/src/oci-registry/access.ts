import type { Exchange } from './exchange.ts'
import type { Route } from './route.ts'

/** What may be done with a repository. */
export interface Access {
  /** Its name. */
  readonly repository: string
  /** `pull`, `push`, `delete`. */
  readonly actions: readonly string[]
}

/** What a request has to be allowed to. A mount reads another repository. */
export function neededAccess(route: Route, exchange: Exchange): readonly Access[] {
  if (route.kind === 'base') return []
  const { repository } = route
  if (route.kind === 'uploads' || route.kind === 'upload' || exchange.method === 'PUT') {
    const from = exchange.url.searchParams.get('mount') === null ? null : exchange.url.searchParams.get('from')
    const other = from === null || from === repository ? [] : [{ repository: from, actions: ['pull'] }]
    return [{ repository, actions: ['pull', 'push'] }, ...other]
  }
  return [{ repository, actions: [exchange.method === 'DELETE' ? 'delete' : 'pull'] }]
}

/** `repository:a:pull,push repository:b:pull`, as it stands in a challenge. */
export function formatScope(access: readonly Access[]): string {
  return access.map(({ repository, actions }) => `repository:${repository}:${actions.join(',')}`).join(' ')
}

/** The other way; what is no scope of a repository is left out. */
export function parseScope(scope: string): readonly Access[] {
  return scope.split(' ').flatMap((one) => {
    const [, repository, actions] = /^repository:([^ ]+):([a-z,*]*)$/.exec(one) ?? []
    return repository === undefined ? [] : [{ repository, actions: (actions ?? '').split(',').filter(Boolean) }]
  })
}

/** Whether all that is needed was granted. */
export function covers(granted: readonly Access[], needed: readonly Access[]): boolean {
  return needed.every(({ repository, actions }) =>
    actions.every((action) => granted.some((one) => one.repository === repository && one.actions.includes(action))),
  )
}
