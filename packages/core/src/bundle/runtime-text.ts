import type { ESTree } from 'rolldown/utils'

import { SidestepError } from '../errors.ts'
import type { SourceTools } from './source-tools.ts'

/** A built module without its exports, ready to stand in front of another one's code. */
export interface RuntimeText {
  readonly code: string
  /** Exported names, each with its name in the code. */
  readonly exports: Readonly<Record<string, string>>
  /** Names that the code behind it has to leave alone: what is declared here at the top, and the globals that are used. Sorted. */
  readonly names: readonly string[]
}

/** Takes the exports out of a module that rolldown has built. */
export function runtimeText(built: string, tools: SourceTools): RuntimeText {
  const { program } = tools.parseSync('runtime.mjs', built)
  const text = new tools.MagicString(built)
  const exports: Record<string, string> = {}
  const names = new Set<string>()
  for (const statement of program.body) {
    for (const name of declared(statement)) names.add(name)
    if (!statement.type.startsWith('Export')) continue
    if (statement.type !== 'ExportNamedDeclaration' || statement.source !== null || statement.declaration !== null)
      throw unknownBundler(statement.type)
    for (const { local, exported } of statement.specifiers) exports[nameOf(exported)] = nameOf(local)
    text.remove(statement.start, statement.end)
  }
  // A `var` in a block belongs to the module. One of a function does not, and is left alone for nothing.
  new tools.Visitor({
    VariableDeclaration: (declaration) => {
      if (declaration.kind === 'var') for (const name of declared(declaration)) names.add(name)
    },
  }).visit(program)
  const code = text.toString()
  for (const name of globalsOf(code, tools)) names.add(name)
  return { code, exports, names: [...names].toSorted() }
}

const TAKEN = '__sidestepTaken'

/**
 * Declares what a text exports, for a module that is built to stand behind it, and says which names are taken. That is to
 * be taken out of what was built: {@link withoutTaken}.
 */
export function standInFor({ exports, names }: Omit<RuntimeText, 'code'>): string {
  const entries = Object.entries(exports)
  return [
    // The bundler gives no name away that the code takes from outside.
    `${TAKEN}(${names.join(', ')});`,
    ...entries.map(([, local], index) => `const sidestep${index} = ${local};`),
    `export { ${entries.map(([exported], index) => `sidestep${index} as ${JSON.stringify(exported)}`).join(', ')} };`,
  ].join('\n')
}

/** Built code without what a stand-in says of names; no line moves. */
export function withoutTaken(code: string): string {
  const start = code.indexOf(`${TAKEN}(`)
  const end = code.indexOf(');', start)
  if (start === -1 || end === -1) throw unknownBundler(`there is no ${TAKEN}()`)
  return `${code.slice(0, start)}${code.slice(start, end).replaceAll(/[^\n]/g, '')}${code.slice(end + 2)}`
}

const WORD = /[\p{ID_Start}$_][\p{ID_Continue}$]*/gu
const OUTSIDE = 'sidestep:outside'

/** What the code takes from outside: the compiler, asked to import each of its words, does so for those. */
function globalsOf(code: string, { parseSync, transformSync }: SourceTools): readonly string[] {
  const words = new Set(code.match(WORD))
  const inject = Object.fromEntries([...words].map((word): [string, [string, string]] => [word, [OUTSIDE, word]]))
  return parseSync('runtime.mjs', transformSync('runtime.mjs', code, { inject }).code)
    .module.staticImports.filter(({ moduleRequest }) => moduleRequest.value === OUTSIDE)
    .flatMap(({ entries }) => entries.map(({ importName }) => importName.name ?? ''))
}

/** The names that a statement declares where it stands. */
function declared(statement: ESTree.Directive | ESTree.Statement): readonly string[] {
  switch (statement.type) {
    case 'ImportDeclaration':
      return statement.specifiers.map(({ local }) => local.name)
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
      return statement.id === null ? [] : [statement.id.name]
    case 'VariableDeclaration':
      return statement.declarations.flatMap(({ id }) => namesIn(id))
    default:
      return []
  }
}

function namesIn(pattern: ESTree.BindingPattern | ESTree.BindingRestElement | null): readonly string[] {
  switch (pattern?.type) {
    case undefined:
      return []
    case 'Identifier':
      return [pattern.name]
    case 'AssignmentPattern':
      return namesIn(pattern.left)
    case 'RestElement':
      return namesIn(pattern.argument)
    case 'ArrayPattern':
      return pattern.elements.flatMap(namesIn)
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) => namesIn(property.type === 'Property' ? property.value : property))
  }
}

function nameOf(name: ESTree.ModuleExportName): string {
  return name.type === 'Literal' ? name.value : name.name
}

function unknownBundler(what: string): SidestepError {
  return new SidestepError(`the bundler writes in a way that this version of Sidestep does not know: ${what}`, {
    code: 'INTERNAL',
    kind: 'config',
    hint: 'Install the version of rolldown that the package.json of @sidestep/core names.',
  })
}
