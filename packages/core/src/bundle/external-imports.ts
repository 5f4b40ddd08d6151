import type MagicString from 'magic-string'

import { EXTERNAL_ID } from './entry.ts'
import { isTypeScript, type SourceTools } from './source-tools.ts'

type Parsed = ReturnType<SourceTools['parseSync']>
type StaticImport = Parsed['module']['staticImports'][number]
type StaticExport = Parsed['module']['staticExports'][number]
type ExportEntry = StaticExport['entries'][number]

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
  const { staticImports, staticExports } = parsed.module
  const candidates = staticImports.filter(({ moduleRequest }) => isExternal(moduleRequest.value))
  const exports = staticExports.filter(({ entries: [first] }) => first?.isType === false && isExternal(first.moduleRequest?.value ?? ''))
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
    if (statement.start > header) text.move(statement.start, statement.end, header)
  }
  for (const [index, statement] of exports.entries()) {
    text.overwrite(statement.start, statement.end, deferredExport(statement, code, index))
  }
  // At the end, so that the lines stay where they are.
  return text.append(`\nimport { external as ${HELPER} } from '${EXTERNAL_ID}';`)
}

type Survives = (statement: StaticImport, local?: string) => boolean

function isValue(statement: StaticImport, { isType, localName }: StaticImport['entries'][number], survives: Survives): boolean {
  return !isType && survives(statement, localName.value)
}

const HELPER = '__sidestepExternal'

/** Where the body begins: imports behind it are evaluated before it all the same. */
function endOfHeader(parsed: Parsed): number {
  const first = parsed.program.body.find(
    (statement) =>
      statement.type !== 'ImportDeclaration' &&
      statement.type !== 'ExportAllDeclaration' &&
      !(statement.type === 'ExportNamedDeclaration' && statement.source !== null) &&
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
  const awaited = awaitedNamespace(statement.moduleRequest, code.slice(statement.moduleRequest.end, statement.end), names)
  if (namespace !== undefined) {
    const rest = names.length === 0 ? '' : ` const ${pattern(names)} = ${namespace};`
    return `const ${namespace} = ${awaited};${rest}`
  }
  return names.length === 0 ? `${awaited};` : `const ${pattern(names)} = ${awaited};`
}

function deferredExport(statement: StaticExport, code: string, index: number): string {
  const entries = statement.entries.filter(({ isType }) => !isType)
  const request = entries[0]?.moduleRequest
  if (request === undefined || request === null) return ''
  const unnamed = entries.find(({ importName }) => importName.kind === 'AllButDefault')
  if (unnamed !== undefined) throw new UnnamedReexportError(request.value, statement.start)
  const local = (entry: number): string => `__sidestepExport${index}_${entry}`
  const named = entries.map((entry, i) => [entry.importName.name ?? '', local(i)] as [string, string])
  const awaited = awaitedNamespace(request, code.slice(request.end, statement.end), isNamespace(entries) ? [] : named)
  const target = isNamespace(entries) ? local(0) : pattern(named)
  const exported = entries.map((entry, i) => `${local(i)} as ${propertyName(entry.exportName.name ?? 'default')}`)
  return `const ${target} = ${awaited}; export { ${exported.join(', ')} };`
}

function isNamespace(entries: readonly ExportEntry[]): boolean {
  return entries[0]?.importName.kind === 'All'
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
