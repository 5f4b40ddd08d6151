/** The value of a variable in a list of `NAME=value`, as configs of images have them. The last one counts. */
export function variable(list: readonly string[] | null | undefined, name: string): string | undefined {
  const found = list?.findLast((line) => line.startsWith(`${name}=`))
  return found?.slice(name.length + 1)
}

/** The list with variables set: those that are there keep their places, so that the same ones give the same list. */
export function withVariables(
  list: readonly string[] | null | undefined,
  variables: Readonly<Record<string, string>>,
): readonly string[] {
  const names = Object.keys(variables)
  const kept = (list ?? []).map((line) => {
    const name = line.split('=', 1)[0] ?? ''
    return Object.hasOwn(variables, name) ? `${name}=${variables[name]}` : line
  })
  const isThere = (name: string) => (list ?? []).some((line) => line.startsWith(`${name}=`))
  return [
    ...kept,
    ...names
      .filter((name) => !isThere(name))
      .toSorted()
      .map((name) => `${name}=${variables[name]}`),
  ]
}
