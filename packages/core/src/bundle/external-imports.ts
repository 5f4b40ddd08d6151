import type MagicString from 'magic-string'
import type { ESTree } from 'rolldown/utils'

import { EXTERNAL_ID } from './entry.ts'
import { isTypeScript, type SourceTools } from './source-tools.ts'

type Parsed = ReturnType<SourceTools['parseSync']>
type StaticImport = Parsed['module']['staticImports'][number]
type Reexport =
  | (ESTree.ExportNamedDeclaration & { readonly source: ESTree.StringLiteral })
  | ESTree.ExportAllDeclaration

/** `export * from 'x'` of an external package: its names are not known before the job. */
export class UnnamedReexportError extends Error {
  readonly specifier: string
  readonly offset: number

  constructor(specifier: string, offset: number) {
    super(`everything of ${specifier} is exported again`)
    this.specifier = specifier
    this.offset = offset
  }
}

export interface DeferOptions {
  readonly id: string
  readonly isExternal: (specifier: string) => boolean
  readonly tools: SourceTools
}

/**
 * Turns a module's static imports of external packages into top-level awaits in its place. A static import would be
 * hoisted to the top of the bundle, and a package that fails would end the job's parent before it can report anything.
 * `undefined` where there is nothing to do.
 */
export function deferExternalImports(code: string, { id, isExternal, tools }: DeferOptions): MagicString | undefined {
  const parsed = tools.parseSync(id, code)
  if (parsed.errors.length > 0) return undefined
  const candidates = parsed.module.staticImports.filter(({ moduleRequest }) => isExternal(moduleRequest.value))
  // Not from `staticExports`: it has an entry for `import { a } from 'x'; export { a }` too.
  const exports = parsed.program.body.filter(isReexport).filter(({ source }) => isExternal(source.value))
  if (candidates.length === 0 && exports.length === 0) return undefined
  const survives = isTypeScript(id) ? survivorsOf(code, id, tools) : everyLocal
  // What is left out here is dropped by rolldown, as TypeScript would.
  const imports = candidates.filter(
    (statement) => survives(statement) || statement.entries.some((entry) => isValue(statement, entry, survives)),
  )
  if (imports.length === 0 && exports.length === 0) return undefined

  const text = new tools.MagicString(code)
  const header = endOfHeader(parsed)
  for (const statement of imports) {
    text.overwrite(statement.start, statement.end, deferredImport(statement, code, survives))
  }
  for (const [index, statement] of exports.entries()) {
    text.overwrite(statement.start, statement.end, deferredExport(statement, code, index))
  }
  for (const { start, end } of [...imports, ...exports]) {
    if (start > header) text.move(start, end, header)
  }
  // At the end, so that the lines stay where they are.
  return text.append(`\nimport { external as ${HELPER} } from '${EXTERNAL_ID}';`)
}

type Survives = (statement: StaticImport, local?: string) => boolean

function isValue(
  statement: StaticImport,
  { isType, localName }: StaticImport['entries'][number],
  survives: Survives,
): boolean {
  return !isType && survives(statement, localName.value)
}

const HELPER = '__sidestepExternal'

/** Where the body begins: imports behind it are evaluated before it all the same. */
function endOfHeader(parsed: Parsed): number {
  const first = parsed.program.body.find(
    (statement) =>
      statement.type !== 'ImportDeclaration' &&
      !isReexport(statement) &&
      !(statement.type === 'ExpressionStatement' && 'directive' in statement && statement.directive !== null),
  )
  return first?.start ?? Number.POSITIVE_INFINITY
}

/**
 * Which imports are left when TypeScript has dropped those that are only used as types; without `local`: whether the
 * module is imported for its effects.
 */
function survivorsOf(code: string, id: string, tools: SourceTools): Survives {
  const { code: plain, errors } = tools.transformSync(id, code, { tsconfig: true })
  if (errors.length > 0) return everyLocal
  const left = new Set<string>()
  for (const { moduleRequest, entries } of tools.parseSync('plain.js', plain).module.staticImports) {
    const locals = entries.length === 0 ? [''] : entries.map(({ localName }) => localName.value)
    for (const local of locals) left.add(`${moduleRequest.value}\0${local}`)
  }
  return ({ moduleRequest }, local = '') => left.has(`${moduleRequest.value}\0${local}`)
}

/** In JavaScript every import is one of values. */
function everyLocal(): boolean {
  return true
}

function deferredImport(statement: StaticImport, code: string, survives: Survives): string {
  const names: [imported: string, local: string][] = []
  let namespace: string | undefined
  for (const entry of statement.entries) {
    if (!isValue(statement, entry, survives)) continue
    const { importName, localName } = entry
    if (importName.kind === 'NamespaceObject') namespace = localName.value
    else names.push([importName.kind === 'Default' ? 'default' : (importName.name ?? ''), localName.value])
  }
  const awaited = awaitedNamespace(
    statement.moduleRequest,
    code.slice(statement.moduleRequest.end, statement.end),
    names,
  )
  if (namespace !== undefined) {
    const rest = names.length === 0 ? '' : ` const ${pattern(names)} = ${namespace};`
    return `const ${namespace} = ${awaited};${rest}`
  }
  return names.length === 0 ? `${awaited};` : `const ${pattern(names)} = ${awaited};`
}

function isReexport(statement: ESTree.Directive | ESTree.Statement): statement is Reexport {
  if (statement.type !== 'ExportNamedDeclaration' && statement.type !== 'ExportAllDeclaration') return false
  return statement.source !== null && statement.exportKind !== 'type'
}

function deferredExport(statement: Reexport, code: string, index: number): string {
  const { source, start, end } = statement
  const behind = code.slice(source.end, end)
  const local = (entry: number): string => `__sidestepExport${index}_${entry}`
  if (statement.type === 'ExportAllDeclaration') {
    if (statement.exported === null) throw new UnnamedReexportError(source.value, start)
    const namespace = awaitedNamespace(source, behind, [])
    return `const ${local(0)} = ${namespace}; export { ${local(0)} as ${exportedName(statement.exported)} };`
  }
  const specifiers = statement.specifiers.filter(({ exportKind }) => exportKind !== 'type')
  const names = specifiers.map(({ local: imported }, entry): [string, string] => [plainName(imported), local(entry)])
  const exported = specifiers.map((specifier, entry) => `${local(entry)} as ${exportedName(specifier.exported)}`)
  return `const ${pattern(names)} = ${awaitedNamespace(source, behind, names)}; export { ${exported.join(', ')} };`
}

function plainName(name: ESTree.ModuleExportName): string {
  return name.type === 'Literal' ? name.value : name.name
}

function exportedName(name: ESTree.ModuleExportName): string {
  return propertyName(plainName(name))
}

/** `behind` is the statement's text behind the specifier: it may hold import attributes. */
function awaitedNamespace(
  { value: specifier }: { readonly value: string },
  behind: string,
  names: readonly (readonly [imported: string, local: string])[],
): string {
  const attributes = /\b(?:with|assert)\s*(\{[^}]*\})/.exec(behind)?.[1]
  const target = JSON.stringify(specifier)
  const awaited = `await import(${target}${attributes === undefined ? '' : `, { with: ${attributes} }`})`
  return names.length === 0
    ? awaited
    : `${HELPER}(${awaited}, ${target}, ${JSON.stringify(names.map(([imported]) => imported))})`
}

function pattern(names: readonly (readonly [imported: string, local: string])[]): string {
  return `{ ${names.map(([imported, local]) => `${propertyName(imported)}: ${local}`).join(', ')} }`
}

function propertyName(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : JSON.stringify(name)
}
