/** What a token is asked for: `repository:acme/steps:pull,push`, as the distribution's token service reads it. */
export type Scope = string

/** To read a repository, or to read and write it. */
export function repositoryScope(repository: string, actions: 'pull' | 'pull,push'): Scope {
  return `repository:${repository}:${actions}`
}

/** True where a token for `granted` can do all that `needed` says. */
export function covers(granted: readonly Scope[], needed: readonly Scope[]): boolean {
  return needed.every((scope) => {
    const { subject, actions } = parse(scope)
    return granted.some((other) => {
      const has = parse(other)
      return has.subject === subject && actions.every((action) => has.actions.includes(action))
    })
  })
}

/** Actions come after the last colon: the name of a repository may hold the port of a registry. */
function parse(scope: Scope): { subject: string; actions: readonly string[] } {
  const colon = scope.lastIndexOf(':')
  return colon === -1
    ? { subject: scope, actions: [] }
    : { subject: scope.slice(0, colon), actions: scope.slice(colon + 1).split(',') }
}
