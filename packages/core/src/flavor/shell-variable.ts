/** `${NAME}`, and `$NAME` in capitals: what a shell would have replaced, and nothing else does. */
const SHELL_VARIABLE = /\$(?:\{(?<braced>[A-Za-z_][A-Za-z0-9_]*)\}|(?<bare>[A-Z_][A-Z0-9_]*))/

/** What was probably meant by a value that was refused: `${env:NAME}`. `undefined` where it names no variable. */
export function meantReference(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const { braced, bare } = SHELL_VARIABLE.exec(value)?.groups ?? {}
  const name = braced ?? bare
  return name === undefined ? undefined : `\${env:${name}}`
}
