import { configError, type SidestepError } from '../errors.ts'
import type { BuiltCode } from './rolldown-build.ts'
import { sourceAt } from './source-map.ts'
import { isTypeScript, loadSourceTools, positionAt, type SourceTools } from './source-tools.ts'

/** What a module's text must hold for {@link undefinedExport} to have work. */
export const EXPORTS_BY_NAME: RegExp = /\bexport\s*\{/

/** `export { missing }` of a name that the module does not have: rolldown drops it without a word. */
export function undefinedExport(
  code: string,
  id: string,
  place: string,
  tools: SourceTools,
): SidestepError | undefined {
  const typescript = isTypeScript(id)
  // TypeScript's own declarations and types may be exported: only what is left without types must exist.
  const plain = typescript ? tools.transformSync(id, code, { tsconfig: true }) : { code, errors: [] }
  if (plain.errors.length > 0) return undefined
  const name = tools
    .parseSync(typescript ? 'plain.mjs' : id, plain.code, { showSemanticErrors: true })
    .errors.map(({ message }) => /^Export '(.+)' is not defined/.exec(message)?.[1])
    .find((missing) => missing !== undefined)
  if (name === undefined) return undefined
  const entry = tools
    .parseSync(id, code)
    .module.staticExports.flatMap(({ entries }) => entries)
    .find(({ localName, isType }) => localName.name === name && !isType)
  const { line, column } = positionAt(code, entry?.start ?? 0)
  return configError(
    'BUNDLE_FAILED',
    `${place}:${line}:${column}: '${name}' is exported, and the module has nothing of that name`,
    'Declare it, correct the name, or write `export type` if it is a type.',
  )
}

/** Throws a `config` error that names the place where built code has a decorator which Node cannot run. */
export async function refuseDecorators({ code, map }: BuiltCode): Promise<void> {
  if (!MAYBE_DECORATOR.test(code)) return
  const offset = findDecorator(code, await loadSourceTools())
  if (offset === undefined) return
  const { source, line, column } = sourceAt(map, positionAt(code, offset)) ?? {
    source: 'the bundle',
    line: 0,
    column: 0,
  }
  throw configError(
    'BUNDLE_FAILED',
    `${source}:${line}:${column}: a decorator, which Node cannot run`,
    "Set `experimentalDecorators` in tsconfig.json if the code is written for TypeScript's own decorators, or do without.",
  )
}

/**
 * What bundled code with a decorator holds, and other code may, at the start of a line or where a class expression begins;
 * not behind the `*` of a comment or inside a word.
 */
const MAYBE_DECORATOR: RegExp = /(?:^|[=({,;:>\]}])[ \t]*@[\p{ID_Start}$_(]/mu

/** Where in bundled code a decorator of the language's own kind is left; Node cannot parse one. */
function findDecorator(code: string, tools: SourceTools): number | undefined {
  let found: number | undefined
  const look = ({ decorators }: { readonly decorators?: readonly { readonly start: number }[] }): void => {
    const [first] = decorators ?? []
    if (first !== undefined && (found === undefined || first.start < found)) found = first.start
  }
  new tools.Visitor({
    ClassDeclaration: look,
    ClassExpression: look,
    MethodDefinition: look,
    PropertyDefinition: look,
    AccessorProperty: look,
  }).visit(tools.parseSync('bundle.mjs', code).program)
  return found
}
